// SPDX-License-Identifier: GPL-2.0-only
/*
 * Talks to the patched kernel's system call ml_migrate; runs inside the guest.
 *
 *	nt_control install SLOT FILE
 *	nt_control rollback SLOT
 *	nt_control remove SLOT
 *	nt_control rule-add SLOT comm PATTERN | rule-add SLOT cgroup FOLDER
 *	nt_control rule-delete comm PATTERN | rule-delete cgroup FOLDER
 *	nt_control swap SLOT COUNT FILE FILE	install the two in turn, COUNT times
 *	nt_control fuzz SLOT COUNT SEED FILE [failing]	COUNT damaged or hostile files; with "failing", the calls
 *						are subject to the faults that debugfs failslab injects
 *
 * Exit code 0, or 1 with the kernel's own explanation.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/ml_migrate.h>

#define MAX_FILE	4096
#define REFUSAL		"/sys/kernel/debug/ml_migrate/refusal"
#define MAKE_IT_FAIL	"/proc/self/make-it-fail"

static unsigned char file[2][2 * MAX_FILE];
static size_t length[2];

static long call(unsigned int op, unsigned int slot, const void *argument, size_t len)
{
	return syscall(ML_MIGRATE_NR, op, slot, argument, len);
}

static int complain(const char *what)
{
	char line[256] = "";
	FILE *f;

	fprintf(stderr, "nt_control: %s: %s\n", what, strerror(errno));
	if (errno == ENOSYS)
		fprintf(stderr, "nt_control: this kernel is not the patched one\n");
	f = fopen(REFUSAL, "r");
	if (f && fgets(line, sizeof(line), f))
		fprintf(stderr, "nt_control: %s", line);
	return 1;
}

static void load(int i, const char *path)
{
	FILE *f = fopen(path, "rb");

	if (!f) {
		perror(path);
		exit(1);
	}
	length[i] = fread(file[i], 1, sizeof(file[i]), f);
	fclose(f);
}

static int rule(unsigned int op, unsigned int slot, const char *kind, const char *what)
{
	struct ml_rule_request request = { 0 };
	struct stat folder;

	if (!strcmp(kind, "cgroup")) {
		request.kind = 1;
		if (stat(what, &folder)) {
			perror(what);
			return 1;
		}
		request.cgroup = folder.st_ino;
	} else if (!strcmp(kind, "comm") && strlen(what) < sizeof(request.pattern)) {
		strcpy(request.pattern, what);
	} else {
		fprintf(stderr, "nt_control: a rule is comm PATTERN (up to 15 characters) or cgroup FOLDER\n");
		return 1;
	}
	return call(op, slot, &request, sizeof(request)) ? complain("rule") : 0;
}

static uint64_t state;

static uint32_t next(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(((state >> 33) * below) >> 31);
}

static uint32_t crc(const unsigned char *bytes, size_t n)
{
	uint32_t c = ~0u;

	for (size_t i = 0; i < n; i++) {
		c ^= bytes[i];
		for (int k = 0; k < 8; k++)
			c = c >> 1 ^ (c & 1 ? 0xedb88320u : 0);
	}
	return ~c;
}

/* Offset of the CRC-32 in the file, which is computed with this field taken as zero. */
#define CRC_AT		12

/* Counts answers by error number; every call must be answered, none may succeed by accident unnoticed. */
/*
 * "failing" exposes the calls, and nothing else, to failslab: what execve() cannot allocate would be lost to the whole
 * guest. The file is opened before, as opening allocates.
 */
static int fuzz(unsigned int slot, long count, int failing)
{
	static unsigned char blob[2 * MAX_FILE + 64];
	long answers[256] = { 0 };
	int faults = -1;
	unsigned char *edge = mmap(NULL, 2 * MAX_FILE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (edge == MAP_FAILED || mprotect(edge + MAX_FILE, MAX_FILE, PROT_NONE))
		return complain("mmap");
	if (failing && ((faults = open(MAKE_IT_FAIL, O_WRONLY)) < 0 || pwrite(faults, "1", 1, 0) != 1))
		return complain(MAKE_IT_FAIL);
	for (long n = 0; n < count; n++) {
		size_t len = length[0];
		const void *from = blob;
		unsigned int op = 0;

		memcpy(blob, file[0], len);
		switch (next(9)) {
		case 0: /* truncated */
			len = next(len);
			break;
		case 1: /* one bit */
			blob[next(len)] ^= 1 << next(8);
			break;
		case 2: /* one bit, with a right checksum: the fields themselves are judged */
		case 3:
			blob[next(len)] ^= 1 << next(8);
			break;
		case 4: /* several bytes, right checksum */
			for (int k = next(8) + 1; k > 0; k--)
				blob[next(len)] = next(2) ? 0xff : next(256);
			break;
		case 5: /* noise */
			len = next(sizeof(blob));
			for (size_t i = 0; i < len; i++)
				blob[i] = next(256);
			break;
		case 6: /* longer than it says */
			len += next(64);
			break;
		case 7: /* ends at a page that must not be read */
			len = next(64) + 1;
			from = edge + MAX_FILE - next(len + 1);
			break;
		case 8: /* another operation, slot or address */
			op = next(8);
			slot = next(4) ? slot : next(1u << 31);
			from = next(2) ? NULL : (void *)(uintptr_t)-next(1u << 20);
			len = next(2) ? sizeof(struct ml_rule_request) : next(100000);
			break;
		}
		if (len >= CRC_AT + 4 && from == blob && next(4)) {
			uint32_t right;

			memset(blob + CRC_AT, 0, 4);
			right = crc(blob, len);
			memcpy(blob + CRC_AT, &right, 4);
		}
		answers[call(op, slot, from, len) ? errno & 255 : 0]++;
		slot &= 7;
	}
	if (failing && pwrite(faults, "0", 1, 0) != 1)
		return complain(MAKE_IT_FAIL);
	for (int i = 0; i < 256; i++)
		if (answers[i])
			printf("%s %ld\n", i ? strerror(i) : "accepted", answers[i]);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	unsigned int slot = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	if (!strcmp(what, "install") && argc == 4) {
		load(0, argv[3]);
		return call(ML_OP_INSTALL, slot, file[0], length[0]) ? complain(argv[3]) : 0;
	}
	if (!strcmp(what, "rollback") && argc == 3)
		return call(ML_OP_ROLLBACK, slot, NULL, 0) ? complain("rollback") : 0;
	if (!strcmp(what, "remove") && argc == 3)
		return call(ML_OP_REMOVE, slot, NULL, 0) ? complain("remove") : 0;
	if (!strcmp(what, "rule-add") && argc == 5)
		return rule(ML_OP_RULE_ADD, slot, argv[3], argv[4]);
	if (!strcmp(what, "rule-delete") && argc == 4)
		return rule(ML_OP_RULE_DELETE, 0, argv[2], argv[3]);
	if (!strcmp(what, "swap") && argc == 6) {
		load(0, argv[4]);
		load(1, argv[5]);
		for (long n = 0; n < atol(argv[3]); n++)
			if (call(ML_OP_INSTALL, slot, file[n & 1], length[n & 1]))
				return complain("swap");
		return 0;
	}
	if (!strcmp(what, "fuzz") && (argc == 6 || (argc == 7 && !strcmp(argv[6], "failing")))) {
		load(0, argv[5]);
		state = strtoull(argv[4], NULL, 10);
		return fuzz(slot, atol(argv[3]), argc == 7);
	}
	fprintf(stderr, "usage: see the top of nt_control.c\n");
	return 2;
}
