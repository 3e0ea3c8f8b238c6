/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk from the root of a tree to a leaf. Only the words on the way are
 * read; how, the caller says, since some may have to be made first.
 */
#ifndef NT_TREE_H
#define NT_TREE_H

#include "nt_internal.h"

static __always_inline u32 nt_answer(const struct nt_split *split, u64 word)
{
	return word - split->base <= split->span;
}

/* NT_PATH_TREE: the score of the leaf. */
static __always_inline s64 nt_logit_tree(const struct nt_model *m, const u64 *features)
{
	const struct nt_tree *tree = nt_layers(m);
	u32 at = tree->next;

	while (!(at & NT_SCORE)) {
		const struct nt_split *split = (const void *)((const u8 *)m + at);

		at = split->next[nt_answer(split, nt_feature_word(&split->word, features))];
	}
	return nt_scores(m)[at & ~NT_SCORE];
}

/* NT_PATH_TREE: the sign of that score. */
static __always_inline bool nt_sign_tree(const struct nt_model *m, nt_reader_fn *read,
					 const void *from)
{
	u32 at = m->sign;

	while (at > 1) {
		const struct nt_split *split = (const void *)((const u8 *)m + at);
		u64 above = read(&split->word, from) - split->base;
		u32 outside = split->sign[0];

		at = split->sign[1];
		if (above > split->span)
			at = outside;
	}
	return at;
}

#endif /* NT_TREE_H */
