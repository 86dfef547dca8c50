// Before the first paint: whether exercises can work here. A page opened as a file may load no module.
document.documentElement.dataset.exercises = location.protocol === "file:" ? "file" : "live";
