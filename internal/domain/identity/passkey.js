// Passkeys need a script: the browser asks the device, we carry the answer.
(() => {
  "use strict";
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const ids = (list) => (list || []).map((c) => ({ ...c, id: bytes(c.id) }));

  const create = async (o) => {
    o.challenge = bytes(o.challenge);
    o.user.id = bytes(o.user.id);
    o.excludeCredentials = ids(o.excludeCredentials);
    const c = await navigator.credentials.create({ publicKey: o });
    return {
      id: c.id, rawId: text(c.rawId), type: c.type, clientExtensionResults: c.getClientExtensionResults(),
      response: {
        clientDataJSON: text(c.response.clientDataJSON), attestationObject: text(c.response.attestationObject),
        transports: c.response.getTransports ? c.response.getTransports() : [],
      },
    };
  };
  const get = async (o, how) => {
    o.challenge = bytes(o.challenge);
    o.allowCredentials = ids(o.allowCredentials);
    const c = await navigator.credentials.get({ publicKey: o, ...how });
    return {
      id: c.id, rawId: text(c.rawId), type: c.type, clientExtensionResults: c.getClientExtensionResults(),
      response: {
        clientDataJSON: text(c.response.clientDataJSON), authenticatorData: text(c.response.authenticatorData),
        signature: text(c.response.signature), userHandle: c.response.userHandle ? text(c.response.userHandle) : null,
      },
    };
  };
  const post = async (url, body) => {
    const r = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body || {}) });
    const answer = await r.json();
    if (!r.ok) throw new Error(answer.detail);
    return answer;
  };

  // While somebody fills in the form beside the button, the browser offers the
  // passkeys that it has. Pressing the button takes its place.
  let offer = null;
  let pressed = false;
  let begun = Promise.resolve(); // one ceremony at a time: the newest one's cookie counts
  const offerKeys = async (box) => {
    const field = document.querySelector("input[autocomplete~=webauthn]");
    const can = PublicKeyCredential.isConditionalMediationAvailable;
    if (!field || !can || !(await can.call(PublicKeyCredential)) || pressed) return;
    offer = new AbortController();
    const signal = offer.signal;
    try {
      begun = post(box.dataset.begin);
      const { publicKey } = await begun;
      if (signal.aborted) return;
      const answer = await get(publicKey, { mediation: "conditional", signal });
      location.assign((await post(box.dataset.finish, answer)).next);
    } catch (e) {
      if (signal.aborted || e instanceof DOMException) return;
      box.querySelector("[role=status]").textContent = e.message;
    }
  };

  document.querySelectorAll("[data-passkey]").forEach((box) => {
    const button = box.querySelector("button");
    const status = box.querySelector("[role=status]");
    box.hidden = false;
    if (box.dataset.passkey === "get") offerKeys(box);
    button.addEventListener("click", async () => {
      pressed = true;
      if (offer) offer.abort();
      button.disabled = true;
      status.textContent = "";
      await begun.catch(() => {});
      try {
        const { publicKey } = await post(box.dataset.begin);
        const name = box.querySelector("input");
        const answer = box.dataset.passkey === "create"
          ? await post(box.dataset.finish, { label: name ? name.value : "", credential: await create(publicKey) })
          : await post(box.dataset.finish, await get(publicKey));
        location.assign(answer.next);
      } catch (e) {
        // The device's own words are in its own language; ours are on the page.
        status.textContent = e instanceof DOMException ? box.dataset.cancelled : e.message;
        button.disabled = false;
      }
    });
  });
})();
