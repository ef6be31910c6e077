/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream/constant.h"
#include <string.h>

/* The text comes from a file that may be hostile, and each level takes some of our stack. */
#define MAX_DEPTH 200
/* Of the operator that binds weakest among those of two operands. */
#define WEAKEST 1

struct parser {
	const char *at, *end;
	unsigned int depth;
	bool failed;
};

/* Longer operators stand before those that they begin with. */
static const struct binary {
	char text[3];
	uint8_t precedence;
} binaries[] = {
	{ "||", 1 }, { "&&", 2 }, { "==", 6 }, { "!=", 6 }, { "<=", 7 }, { ">=", 7 },
	{ "<<", 8 }, { ">>", 8 }, { "|", 3 },  { "^", 4 },  { "&", 5 },  { "<", 7 },
	{ ">", 7 },  { "+", 9 },  { "-", 9 },  { "*", 10 }, { "/", 10 }, { "%", 10 },
};

static int64_t conditional(struct parser *p);

static void skip_blanks(struct parser *p)
{
	while (p->at < p->end && (*p->at == ' ' || *p->at == '\t' || *p->at == '\n'))
		p->at++;
}

static bool accept(struct parser *p, const char *text)
{
	size_t len = strlen(text);

	skip_blanks(p);
	if ((size_t)(p->end - p->at) < len || memcmp(p->at, text, len) != 0)
		return false;
	p->at += len;
	return true;
}

static int64_t fail(struct parser *p)
{
	p->failed = true;
	return 0;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static int64_t number(struct parser *p)
{
	int base = 10;
	uint64_t value = 0;
	const char *start;

	skip_blanks(p);
	if (p->end - p->at > 2 && p->at[0] == '0' && (p->at[1] == 'x' || p->at[1] == 'X')) {
		base = 16;
		p->at += 2;
	} else if (p->at < p->end && *p->at == '0') {
		base = 8;
	}
	for (start = p->at; p->at < p->end && digit(*p->at) < base; p->at++)
		if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit(*p->at), &value))
			return fail(p);
	if (p->at == start)
		return fail(p);
	while (p->at < p->end && strchr("uUlL", *p->at) && *p->at)
		p->at++;
	if (p->at < p->end && (is_letter(*p->at) || digit(*p->at) < 10))
		return fail(p);
	return (int64_t)value;
}

/* "unsigned int)" and the like, after the opening parenthesis: bits of the type, negative if it is signed. */
static int type_bits(struct parser *p)
{
	static const struct {
		char name[10];
		int bits; /* 0: changes the sign only */
	} words[] = { { "char", 8 },     { "short", 16 }, { "int", 32 },    { "long", 64 }, { "bool", 8 },
		      { "unsigned", 0 }, { "signed", 0 }, { "size_t", 64 }, { "u8", 8 },    { "u16", 16 },
		      { "u32", 32 },     { "u64", 64 },   { "gfp_t", 32 } };
	bool is_unsigned = false;
	int bits = 0;

	while (!accept(p, ")")) {
		const char *start = p->at;
		size_t len, i;

		while (p->at < p->end && (is_letter(*p->at) || (p->at > start && digit(*p->at) < 10)))
			p->at++;
		len = (size_t)(p->at - start);
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (len == strlen(words[i].name) && !memcmp(start, words[i].name, len))
				break;
		if (!len || i == sizeof(words) / sizeof(words[0]))
			return 0;
		is_unsigned |=
			*start == 'u' || *start == 'b' || *start == 'g' || !strcmp(words[i].name, "size_t");
		/* In "short int" and "long int" the int says nothing. */
		if (words[i].bits && !(bits && words[i].bits == 32))
			bits = words[i].bits;
	}
	bits = bits ? bits : 32;
	return is_unsigned ? bits : -bits;
}

static int64_t cast(int64_t value, int bits)
{
	unsigned int drop = 64 - (unsigned int)(bits < 0 ? -bits : bits);

	if (bits < 0)
		return (int64_t)((uint64_t)value << drop) >> drop;
	return (int64_t)((uint64_t)value << drop >> drop);
}

static int64_t unary(struct parser *p)
{
	int64_t value;

	if (p->failed || ++p->depth > MAX_DEPTH)
		return fail(p);
	if (accept(p, "-")) {
		value = (int64_t)(0 - (uint64_t)unary(p));
	} else if (accept(p, "+")) {
		value = unary(p);
	} else if (accept(p, "~")) {
		value = ~unary(p);
	} else if (accept(p, "!")) {
		value = !unary(p);
	} else if (accept(p, "(")) {
		skip_blanks(p);
		if (p->at < p->end && is_letter(*p->at)) {
			int bits = type_bits(p);

			value = bits ? cast(unary(p), bits) : fail(p);
		} else {
			value = conditional(p);
			if (!accept(p, ")"))
				fail(p);
		}
	} else {
		value = number(p);
	}
	p->depth--;
	return value;
}

static int64_t divide(struct parser *p, char op, int64_t a, int64_t b)
{
	if (!b || (a == INT64_MIN && b == -1))
		return fail(p);
	return op == '/' ? a / b : a % b;
}

static int64_t shift(struct parser *p, char op, int64_t a, int64_t b)
{
	if (b < 0 || b > 63)
		return fail(p);
	return op == '<' ? (int64_t)((uint64_t)a << b) : a >> b;
}

/* The first characters tell all operators apart but those that are written twice or followed by '='. */
static int64_t apply(struct parser *p, const char *op, int64_t a, int64_t b)
{
	bool equal = op[1] == '=', twice = op[1] == op[0];

	switch (op[0]) {
	case '+':
		return (int64_t)((uint64_t)a + (uint64_t)b);
	case '-':
		return (int64_t)((uint64_t)a - (uint64_t)b);
	case '*':
		return (int64_t)((uint64_t)a * (uint64_t)b);
	case '|':
		return twice ? a || b : a | b;
	case '&':
		return twice ? a && b : a & b;
	case '^':
		return a ^ b;
	case '=':
		return a == b;
	case '!':
		return a != b;
	case '<':
		return twice ? shift(p, '<', a, b) : equal ? a <= b : a < b;
	case '>':
		return twice ? shift(p, '>', a, b) : equal ? a >= b : a > b;
	default:
		return divide(p, op[0], a, b);
	}
}

static const struct binary *next_binary(struct parser *p, unsigned int weakest)
{
	const char *before = p->at;

	for (size_t i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++) {
		if (!accept(p, binaries[i].text))
			continue;
		if (binaries[i].precedence >= weakest)
			return &binaries[i];
		break;
	}
	p->at = before;
	return NULL;
}

static int64_t binary(struct parser *p, unsigned int weakest)
{
	int64_t value = unary(p);
	const struct binary *op;

	while (!p->failed && (op = next_binary(p, weakest)))
		value = apply(p, op->text, value, binary(p, op->precedence + 1u));
	return value;
}

static int64_t conditional(struct parser *p)
{
	int64_t value, yes, no;

	if (p->failed || ++p->depth > MAX_DEPTH)
		return fail(p);
	value = binary(p, WEAKEST);
	if (!p->failed && accept(p, "?")) {
		yes = conditional(p);
		no = accept(p, ":") ? conditional(p) : fail(p);
		value = value ? yes : no;
	}
	p->depth--;
	return value;
}

bool bdt_constant_eval(const char *text, size_t len, int64_t *value)
{
	struct parser p = { .at = text, .end = text + len };
	int64_t result = conditional(&p);

	skip_blanks(&p);
	if (p.failed || p.at != p.end)
		return false;
	*value = result;
	return true;
}
