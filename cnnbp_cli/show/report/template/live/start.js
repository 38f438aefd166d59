// Shows the first moment: the numbers are in the page already.

showFacts(live);
if (matchMedia(NARROW).matches) for (const card of document.querySelectorAll(".card:not(:first-of-type)")) card.open = false;
explainCurrent();
