// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockstep: interrupts kept and handed over one at a time, and how a CPU is known to rest (K2,
 * K3).
 */
#include <linux/kthread.h>
#include <trace/events/power.h>
#include <trace/events/sched.h>
#include <asm/timer.h>
#include "lockstep.h"

/* Longer than any step takes even on a slow emulator, in milliseconds of the hardware's clock. */
#define REST_LIMIT_MS	20000

/*
 * Handing over an interrupt queues @mark too. A CPU that rests says which mark it has seen last,
 * so a halt before the interrupt arrived cannot be taken for the rest after it.
 */
struct lockstep_cpu {
	call_single_data_t	mark;
	unsigned int		asked;
	unsigned int		seen;
	unsigned int		rested;
	bool			kept;
};

static DEFINE_PER_CPU(struct lockstep_cpu, cpus);

static struct smp_ops native;
static bool active;
static struct task_struct *conductor;

/* CPUs with a kept interrupt, in the order of the first one for each. */
static DEFINE_RAW_SPINLOCK(kept_lock);
static int kept[LOCKSTEP_MAX_CPUS];
static unsigned int kept_head, kept_count;
/*
 * While a scenario holds stoppers up: the CPUs whose stopper has been woken by an interrupt that is
 * yet to arrive, in its order.
 */
static bool holding;
static int held[LOCKSTEP_MAX_CPUS];
static unsigned int held_count;
/* The conductor is handing over: its own interrupt is neither kept nor sent twice. */
static int handing_over = -1;

static char spoiled[160];

/** lockstep_spoil - the dump is worthless, and why; the first reason counts */
void lockstep_spoil(const char *format, ...)
{
	va_list args;

	if (spoiled[0])
		return;
	va_start(args, format);
	vscnprintf(spoiled, sizeof(spoiled), format, args);
	va_end(args);
}

const char *lockstep_spoiled(void)
{
	return spoiled[0] ? spoiled : NULL;
}

/* Only the tested CPUs, the actor and the conductor have a reason to interrupt a tested CPU. */
static bool sender_is_ours(void)
{
	if (lockstep_tested(smp_processor_id()))
		return true;
	return in_task() && (current == conductor || lockstep_is_actor(current));
}

static void keep(int cpu)
{
	unsigned long flags;

	if (cpu == READ_ONCE(handing_over))
		return;
	if (!sender_is_ours())
		lockstep_spoil("%s interrupts a tested CPU", current->comm);
	raw_spin_lock_irqsave(&kept_lock, flags);
	if (!per_cpu(cpus, cpu).kept) {
		per_cpu(cpus, cpu).kept = true;
		kept[(kept_head + kept_count++) % LOCKSTEP_MAX_CPUS] = cpu;
	}
	raw_spin_unlock_irqrestore(&kept_lock, flags);
}

static int next_kept(void)
{
	unsigned long flags;
	int cpu = -1;

	raw_spin_lock_irqsave(&kept_lock, flags);
	if (kept_count) {
		cpu = kept[kept_head];
		kept_head = (kept_head + 1) % LOCKSTEP_MAX_CPUS;
		kept_count--;
		per_cpu(cpus, cpu).kept = false;
	}
	raw_spin_unlock_irqrestore(&kept_lock, flags);
	return cpu;
}

/* A stopper that has been woken, but has not run yet, is on its queue or, woken from afar, in the wake list. */
static bool stopper_is_queued(int cpu)
{
	return READ_ONCE(cpu_rq(cpu)->stop->on_rq);
}

static bool stopper_is_listed(int cpu)
{
	return READ_ONCE(cpu_rq(cpu)->stop->__state) == TASK_WAKING && !stopper_is_queued(cpu);
}

/* True when the interrupt, by which a stopper is woken, is held up. */
static bool hold(int cpu)
{
	unsigned long flags;
	unsigned int i;

	if (!READ_ONCE(holding) || !sender_is_ours())
		return false;
	raw_spin_lock_irqsave(&kept_lock, flags);
	for (i = 0; i < held_count && held[i] != cpu; i++)
		;
	if (i == held_count)
		held[held_count++] = cpu;
	raw_spin_unlock_irqrestore(&kept_lock, flags);
	return true;
}

static void send_reschedule(int cpu)
{
	if (!READ_ONCE(active) || !lockstep_tested(cpu))
		native.smp_send_reschedule(cpu);
	else if (!stopper_is_queued(cpu) || !hold(cpu))
		keep(cpu);
}

/*
 * The wake list's interrupt. Where there are several caches, the wake-ups of other tasks are in
 * that list too, and nothing is held up: they would be stuck with it.
 */
static void send_call_single(int cpu)
{
	bool one_cache = per_cpu(sd_llc_size, cpu) == nr_cpu_ids - lockstep_control;

	if (!READ_ONCE(active) || !lockstep_tested(cpu))
		native.send_call_func_single_ipi(cpu);
	else if (!one_cache || !stopper_is_listed(cpu) || !hold(cpu))
		keep(cpu);
}

static void send_call_many(const struct cpumask *mask)
{
	if (READ_ONCE(active) && cpumask_last(mask) >= lockstep_control)
		lockstep_spoil("%s interrupts many CPUs", current->comm);
	native.send_call_func_ipi(mask);
}

static void see_mark(void *unused)
{
	struct lockstep_cpu *this = this_cpu_ptr(&cpus);

	this->seen = this->asked;
}

/** lockstep_at_rest - this CPU is about to halt, with interrupts off and nothing to do */
void lockstep_at_rest(void)
{
	struct lockstep_cpu *this = this_cpu_ptr(&cpus);

	smp_store_release(&this->rested, this->seen);	/* pairs with hand_over() */
}

static void on_cpu_idle(void *data, unsigned int state, unsigned int cpu)
{
	if (state == PWR_EVENT_EXIT)
		return;
	if (READ_ONCE(active))
		lockstep_idle_halts(cpu);
	lockstep_at_rest();
}

static void on_sched_switch(void *data, bool preempt, struct task_struct *prev,
			    struct task_struct *next, unsigned int prev_state)
{
	int cpu = smp_processor_id();

	if (!READ_ONCE(active) || !lockstep_tested(cpu))
		return;
	if (!is_idle_task(next) && next != cpu_rq(cpu)->stop && lockstep_number(next) < 0)
		lockstep_spoil("%s ran on a tested CPU", next->comm);
}

int __init lockstep_rest_early(void)
{
	return register_trace_cpu_idle(on_cpu_idle, NULL) ?:
	       register_trace_sched_switch(on_sched_switch, NULL);
}

void lockstep_rest_init(void)
{
	int cpu;

	for_each_tested_cpu(cpu)
		INIT_CSD(&per_cpu(cpus, cpu).mark, see_mark, NULL);
	native = smp_ops;
	smp_ops.smp_send_reschedule = send_reschedule;
	smp_ops.send_call_func_single_ipi = send_call_single;
	smp_ops.send_call_func_ipi = send_call_many;
}

bool lockstep_holds(void)
{
	return holding;
}

/** lockstep_hold - from here on an interrupt that wakes a stopper is held up */
void lockstep_hold(void)
{
	WRITE_ONCE(holding, true);
}

/** lockstep_free - those held up arrive, in their order */
bool lockstep_free(void)
{
	unsigned int i;

	WRITE_ONCE(holding, false);
	for (i = 0; i < held_count; i++)
		keep(held[i]);
	held_count = 0;
	return lockstep_settle() && lockstep_acts_end();
}

/** lockstep_let_stopper_in - the interrupt held up for this CPU, if there is one, arrives now */
bool lockstep_let_stopper_in(int cpu)
{
	while (stopper_is_queued(cpu) || stopper_is_listed(cpu)) {
		keep(cpu);
		if (!lockstep_settle())
			return false;
	}
	return true;
}

/* Interrupts still kept are sent: nothing may hang on them. */
void lockstep_end(void)
{
	int cpu;

	WRITE_ONCE(active, false);
	while ((cpu = next_kept()) >= 0)
		native.send_call_func_single_ipi(cpu);
}

/* Interrupts a tested CPU and waits until it rests again. */
static bool hand_over(int cpu)
{
	struct lockstep_cpu *target = &per_cpu(cpus, cpu);
	unsigned long long limit = native_sched_clock() + REST_LIMIT_MS * NSEC_PER_MSEC;

	target->asked++;
	WRITE_ONCE(handing_over, cpu);
	smp_call_function_single_async(cpu, &target->mark);
	native.send_call_func_single_ipi(cpu);
	WRITE_ONCE(handing_over, -1);
	/* pairs with lockstep_at_rest() */
	while (smp_load_acquire(&target->rested) != target->asked) {
		if (native_sched_clock() > limit) {
			lockstep_spoil("CPU %d does not come to rest", cpu);
			return false;
		}
		cpu_relax();
	}
	return true;
}

/** lockstep_begin - from here on K2 and K3 hold; false when a tested CPU does not come to rest */
bool lockstep_begin(void)
{
	int cpu;

	conductor = current;
	spoiled[0] = 0;
	holding = false;
	held_count = 0;
	WRITE_ONCE(active, true);
	for_each_tested_cpu(cpu)
		if (!hand_over(cpu))
			return false;
	return lockstep_settle();
}

/**
 * lockstep_settle - hands over kept interrupts until none is left; false when a CPU does not come
 * to rest
 */
bool lockstep_settle(void)
{
	int cpu;

	while ((cpu = next_kept()) >= 0)
		if (!hand_over(cpu))
			return false;
	return true;
}

/**
 * lockstep_run_on - runs @function in an interrupt on a tested CPU, and all that it sets off to
 * rest
 */
bool lockstep_run_on(int cpu, void (*function)(void *info), void *info)
{
	smp_call_function_single(cpu, function, info, 0);
	keep(cpu);	/* like any other; none is sent while an older one is held up */
	return lockstep_settle();
}
