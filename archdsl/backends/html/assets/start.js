// A page that stands for itself: its document is in it.

const page = new Page($("layout-code").textContent);
page.show(JSON.parse($("document").textContent));
