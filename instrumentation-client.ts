// Next runs this before its router starts.
import './app/browser/fragment.ts';
