// say lets screen readers say a sentence, and shows it nowhere.
export function say(sentence: string) {
  document.getElementById('said')!.textContent = sentence;
}
