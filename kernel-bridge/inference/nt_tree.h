/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NT_PATH_TREE: the walk from the root of a tree to a leaf. Only the words on the
 * way are read; how, the caller says, since some may have to be made first.
 */
#ifndef NT_TREE_H
#define NT_TREE_H

#include "nt_internal.h"

/* Reads the word that a split asks for; compiled into the walk. */
typedef u64 nt_reader_fn(const struct nt_split *split, const void *from);

static __always_inline u32 nt_answer(const struct nt_split *split, u64 word)
{
	return word - split->base <= split->span;
}

static __always_inline u64 nt_word_of_features(const struct nt_split *split, const void *features)
{
	return *(const u64 *)((const u8 *)features + split->at);
}

/* A word where it is kept; @from are the places of nt_decide(). */
static __always_inline u64 nt_word_in_place(const struct nt_split *split, const void *from)
{
	const void *const *places = from;
	const u64 *word = (const void *)((const u8 *)places[split->place] + split->from);

	return __atomic_load_n(word, __ATOMIC_RELAXED) & split->mask;
}

static __always_inline s64 nt_logit_tree(const struct nt_model *m, const u64 *features)
{
	const struct nt_tree *tree = (const void *)((const u8 *)m + m->layers_at);
	u32 at = tree->next;

	while (!(at & NT_SCORE)) {
		const struct nt_split *split = (const void *)((const u8 *)m + at);

		at = split->next[nt_answer(split, nt_word_of_features(split, features))];
	}
	return nt_scores(m)[at & ~NT_SCORE];
}

static __always_inline bool nt_decide_tree(const struct nt_model *m, nt_reader_fn *word,
					   const void *from)
{
	const struct nt_tree *tree = (const void *)((const u8 *)m + m->layers_at);
	u32 at = tree->sign;

	while (at > 1) {
		const struct nt_split *split = (const void *)((const u8 *)m + at);

		at = split->sign[nt_answer(split, word(split, from))];
	}
	return at;
}

#endif /* NT_TREE_H */
