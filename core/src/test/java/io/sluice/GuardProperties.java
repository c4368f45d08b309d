package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What holds for a guard whatever happens. A test in this package extends it and creates the backend. */
abstract class GuardProperties {

    abstract Backend create(TimeSource time);

    @Test
    void noHistoryBreaksARule() {
        Seeds.forAll(300, random -> {
            History history = new History(random);
            for (int i = 0; i < 300; i++) {
                history.step();
            }
        });
    }

    /** One random history of calls, and a book of who waits and who has a permit. */
    private final class History {

        private final Random random;
        private final ManualTime time = new ManualTime();
        private final int limit;
        private final int maxWaiting;
        private final long maxHoldNanos;
        private final Guard guard;

        private final List<Call> waiting = new ArrayList<>();
        /** Those that have a permit, first those that got it first; and those whose permit was taken back. */
        private final List<Held> held = new ArrayList<>();

        private final List<Held> overdue = new ArrayList<>();
        /** How many turns each caller has had while another waited for one. */
        private final Map<String, Map<String, Integer>> overtaken = new HashMap<>();

        private final List<String> violations = new ArrayList<>();

        private record Call(String caller, long deadlineNanos, CompletableFuture<Guard.Permit> answer) {}

        private record Held(String caller, long sinceNanos, Guard.Permit permit) {}

        History(Random random) {
            this.random = random;
            this.limit = random.nextInt(1, 5);
            this.maxWaiting = random.nextInt(0, 20);
            Duration maxHold = Duration.ofSeconds(random.nextInt(6));
            this.maxHoldNanos = maxHold.isZero() ? Long.MAX_VALUE : maxHold.toNanos();
            Bound bound = Bound.named("login")
                    .limit(limit)
                    .maxWait(Duration.ofSeconds(random.nextInt(1, 10)))
                    .maxWaiting(maxWaiting)
                    .maxHold(maxHold)
                    .build();
            this.guard = Guard.of(bound, create(time));
        }

        void step() {
            int dice = random.nextInt(100);
            if (dice < 50) {
                call("caller-" + random.nextInt(4));
            } else if (dice < 80 && !held.isEmpty()) {
                held.remove(random.nextInt(held.size())).permit.release();
            } else if (dice < 85 && !overdue.isEmpty()) {
                overdue.remove(random.nextInt(overdue.size())).permit.release();
            } else if (dice < 90 && !waiting.isEmpty()) {
                waiting.remove(random.nextInt(waiting.size())).answer.cancel(false);
            } else {
                time.advance(Duration.ofMillis(random.nextInt(1_500)));
            }
            assertThat(violations).isEmpty();
            assertThat(held).hasSizeLessThanOrEqualTo(limit);
            assertThat(guard.inFlight()).isEqualTo(held.size());
            assertThat(guard.overdue()).isEqualTo(overdue.size());
            assertThat(guard.waiting()).isEqualTo(waiting.size()).isLessThanOrEqualTo(maxWaiting);
            assertThat(waiting)
                    .as("nobody waits for a turn that there is")
                    .noneMatch(call -> mayHaveATurn(call.caller));
            assertThat(waiting).allMatch(call -> call.deadlineNanos > time.nanoTime());
        }

        private boolean mayHaveATurn(String caller) {
            return underWay(caller) < limit && (held.size() < limit || isOverdue(held.get(0)));
        }

        private long underWay(String caller) {
            return Stream.of(held, overdue)
                    .flatMap(List::stream)
                    .filter(call -> call.caller.equals(caller))
                    .count();
        }

        private boolean isOverdue(Held call) {
            return time.nanoTime() - call.sinceNanos >= maxHoldNanos;
        }

        private void call(String caller) {
            long own =
                    waiting.stream().filter(call -> call.caller.equals(caller)).count();
            boolean full = !mayHaveATurn(caller) && own >= maxWaiting - waiting.size();
            long deadlineNanos = time.nanoTime() + guard.bound().maxWait().toNanos();
            CompletionStage<Guard.Permit> answer = guard.acquireAsync(caller);
            Call call = new Call(caller, deadlineNanos, answer.toCompletableFuture());
            if (call.answer.isCompletedExceptionally()) {
                assertThat(full)
                        .as("refused at once only if there is no room for this caller")
                        .isTrue();
                return;
            }
            waiting.add(call);
            answer.whenComplete((permit, failure) -> {
                if (permit == null) {
                    gaveUp(call);
                } else {
                    served(call, permit);
                }
            });
        }

        /** Whoever gives up and comes again begins at the end of the round. */
        private void gaveUp(Call call) {
            waiting.remove(call);
            if (waiting.stream().noneMatch(other -> other.caller.equals(call.caller))) {
                overtaken.remove(call.caller);
            }
        }

        private void served(Call call, Guard.Permit permit) {
            boolean first = waiting.stream()
                    .filter(other -> other.caller.equals(call.caller))
                    .findFirst()
                    .equals(Optional.of(call));
            expect(first, "a later call of " + call.caller + " was served first");
            waiting.remove(call);
            expect(mayHaveATurn(call.caller), call.caller + " had a turn that there was not");
            if (held.size() == limit) {
                overdue.add(held.remove(0));
            }
            held.add(new Held(call.caller, time.nanoTime(), permit));
            overtaken.remove(call.caller);
            overtaken.keySet().removeIf(caller -> underWay(caller) >= limit);
            for (Call other : waiting) {
                if (!other.caller.equals(call.caller) && underWay(other.caller) < limit) {
                    overtaken
                            .computeIfAbsent(other.caller, unused -> new HashMap<>())
                            .putIfAbsent(call.caller, 0);
                }
            }
            overtaken.forEach((caller, turns) -> {
                if (turns.containsKey(call.caller)) {
                    int had = turns.merge(call.caller, 1, Integer::sum);
                    expect(had <= 1, call.caller + " had " + had + " turns while " + caller + " waited");
                }
            });
        }

        /** Assertions would be lost in the future that they are made in. */
        private void expect(boolean truth, String otherwise) {
            if (!truth) {
                violations.add(otherwise);
            }
        }
    }
}
