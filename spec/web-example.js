/* The script of web-example.html: says why pictures can't be shown. */

addEventListener('kmf-error', ({ target, detail }) => {
  document.querySelector('#error').textContent = `${target.dataset.kmf ?? target.getAttribute('src')}: ${detail.message}`;
});
