// oidc-provider with its own adapter in memory and one program that asks for
// itself: node serve.mjs HOST:PORT ISSUER PUBLIC_JWK
import { readFileSync } from "node:fs";
import Provider from "oidc-provider";

const [address, issuer, jwk] = process.argv.slice(2);
const [host, port] = address.split(":");
const { version } = JSON.parse(readFileSync(new URL("node_modules/oidc-provider/package.json", import.meta.url), "utf8"));

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "bench",
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "ES256",
      grant_types: ["client_credentials"],
      response_types: [],
      redirect_uris: [],
      dpop_bound_access_tokens: true,
      scope: "machine",
      jwks: { keys: [JSON.parse(jwk)] },
    },
  ],
  scopes: ["openid", "machine"],
  routes: { token: "/oidc/token" },
  features: { clientCredentials: { enabled: true }, dPoP: { enabled: true }, devInteractions: { enabled: false } },
});
provider.on("server_error", (_, e) => console.error(e));
provider.listen(Number(port), host, () => console.log(`ready ${version}, node ${process.versions.node}`));
