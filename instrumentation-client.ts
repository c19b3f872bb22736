// Next runs this before its router starts.
import './app/browser/fragment.ts';
import { loadAheadIfChosen } from './app/lens/loadAheadIfChosen.ts';

loadAheadIfChosen();
