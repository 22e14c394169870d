import { type ListingPreview, previewItem } from '../../contract/index.ts';
import type { Preview } from '../../flow/read-preview.ts';

export function presentPreview({ slug, kind, from, items, takenAt }: Preview): ListingPreview {
  return {
    listing: slug,
    kind,
    from,
    items: items.flatMap((item) => previewItem.safeParse(item).data ?? []),
    takenAtMs: takenAt?.getTime() ?? null,
  };
}
