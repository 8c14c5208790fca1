// A sentence in the place of the page, with what can be done about it.

/** Shows a sentence and buttons: `[[label, action], …]`. */
export function showNotice(text, buttons) {
  const box = document.createElement("main");
  box.className = "notice";
  box.setAttribute("role", "alert");
  const title = document.createElement("h1");
  title.textContent = "Sockpit";
  const sentence = document.createElement("p");
  sentence.textContent = text;
  const row = document.createElement("p");
  for (const [label, action] of buttons) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", action);
    row.append(button, " ");
  }
  box.append(title, sentence, row);
  document.getElementById("app").replaceChildren(box);
}
