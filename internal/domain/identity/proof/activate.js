// The code of a printed sheet comes in the address after "#", which browsers
// never send; the address is then as if it had not been there.
(() => {
  const field = document.getElementById('code')
  const code = location.hash.slice(1)
  if (!field || !/^[0-9A-Za-z-]{8,20}$/.test(code)) return
  field.value = code
  history.replaceState(null, '', location.pathname + location.search)
})()
