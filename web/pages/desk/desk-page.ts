import type { Html } from '../../html.ts';
import type { DeskItem, Page } from '../../page.ts';
import type { FormState } from '../../parts/form.ts';

/** A page of the seller's desk. */
export function deskPage(desk: DeskItem, title: string, main: Html, form?: FormState): Page {
  const isFaulty = form !== undefined && Object.keys(form.faults).length > 0;
  return { title, desk, main, islands: ['desk'], ...(isFaulty && { status: 422 }) };
}
