// Before the first paint, so that no page flashes in the other colours. `system` is the lack of a choice.
{
  const chosen = localStorage.getItem('sightline.theme');
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen;
}
