import { render } from 'preact';
import { App } from './App';
import { session } from './session';
import './style.css';
import { words } from './words/words';

document.documentElement.lang = words.language;
render(<App />, document.getElementById('account')!);
void session.restore();
