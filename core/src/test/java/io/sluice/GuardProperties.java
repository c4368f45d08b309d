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
import org.junit.jupiter.api.Test;

/** What holds for a guard whatever happens. A backend's test extends it and says how to create the backend. */
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
        private final Guard guard;

        private final List<Call> waiting = new ArrayList<>();
        private final List<Guard.Permit> held = new ArrayList<>();
        /** How many turns each caller has had while another waited for one. */
        private final Map<String, Map<String, Integer>> overtaken = new HashMap<>();

        private final List<String> violations = new ArrayList<>();

        private record Call(String caller, long deadlineNanos, CompletableFuture<Guard.Permit> answer) {}

        History(Random random) {
            this.random = random;
            this.limit = random.nextInt(1, 5);
            this.maxWaiting = random.nextInt(0, 20);
            Bound bound = Bound.named("login")
                    .limit(limit)
                    .maxWait(Duration.ofSeconds(random.nextInt(1, 10)))
                    .maxWaiting(maxWaiting)
                    .build();
            this.guard = Guard.of(bound, create(time));
        }

        void step() {
            int dice = random.nextInt(100);
            if (dice < 50) {
                call("caller-" + random.nextInt(4));
            } else if (dice < 85 && !held.isEmpty()) {
                held.remove(random.nextInt(held.size())).release();
            } else if (dice < 90 && !waiting.isEmpty()) {
                waiting.remove(random.nextInt(waiting.size())).answer.cancel(false);
            } else {
                time.advance(Duration.ofMillis(random.nextInt(1_500)));
            }
            // Whoever gives up and comes again begins at the end of the round.
            overtaken.keySet().removeIf(caller -> waiting.stream().noneMatch(call -> call.caller.equals(caller)));
            assertThat(violations).isEmpty();
            assertThat(held).hasSizeLessThanOrEqualTo(limit);
            assertThat(guard.inFlight()).isEqualTo(held.size());
            assertThat(guard.waiting()).isEqualTo(waiting.size()).isLessThanOrEqualTo(maxWaiting);
            assertThat(waiting.isEmpty() || held.size() == limit)
                    .as("nobody waits for a free turn")
                    .isTrue();
            assertThat(waiting).allMatch(call -> call.deadlineNanos > time.nanoTime());
        }

        private void call(String caller) {
            long own =
                    waiting.stream().filter(call -> call.caller.equals(caller)).count();
            boolean full = held.size() == limit && own >= maxWaiting - waiting.size();
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
                    waiting.remove(call);
                } else {
                    served(call, permit);
                }
            });
        }

        private void served(Call call, Guard.Permit permit) {
            boolean first = waiting.stream()
                    .filter(other -> other.caller.equals(call.caller))
                    .findFirst()
                    .equals(Optional.of(call));
            expect(first, "a later call of " + call.caller + " was served first");
            waiting.remove(call);
            held.add(permit);
            overtaken.remove(call.caller);
            for (Call other : waiting) {
                if (!other.caller.equals(call.caller)) {
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
