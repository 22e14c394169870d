// On every page: times that keep true, and buttons that copy.
import { copyButtons } from './parts/copy.ts';
import { tick } from './parts/ticking.ts';

tick();
copyButtons();
