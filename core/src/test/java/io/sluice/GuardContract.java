package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What every backend's guards do. A backend's test extends it and says how to create the backend. */
@ParameterizedClass
@EnumSource(GuardFace.class)
public abstract class GuardContract {

    static final Duration MAX_WAIT = Duration.ofSeconds(10);

    final ManualTime time = new ManualTime();

    @Parameter
    GuardFace face;

    Backend backend;

    protected abstract Backend create(TimeSource time);

    @BeforeEach
    void createBackend() {
        backend = create(time);
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    Guard open(int limit) {
        return Guard.of(Bound.of("login", limit), backend);
    }

    CompletableFuture<Guard.Permit> ask(Guard guard, String caller) {
        return face.ask(guard, caller);
    }

    /** Returns a permit that is there or on its way from another thread. */
    static Guard.Permit permit(CompletableFuture<Guard.Permit> answer) {
        try {
            return answer.get(10, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError("no permit", e);
        }
    }

    static AdmissionException refusal(CompletableFuture<Guard.Permit> answer) {
        try {
            answer.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AdmissionException refusal) {
                return refusal;
            }
            throw new AssertionError("failed otherwise", e);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("no answer", e);
        }
        throw new AssertionError("got a permit");
    }

    @Nested
    @DisplayName("the bound")
    class TheBound {

        @Test
        void callsUpToTheLimitGoThroughAtOnce() {
            Guard guard = open(3);
            for (int i = 0; i < 3; i++) {
                assertThat(ask(guard, "ann")).isCompleted();
            }
            assertThat(ask(guard, "ann")).isNotDone();
            assertThat(guard.inFlight()).isEqualTo(3);
            assertThat(guard.waiting()).isEqualTo(1);
        }

        @Test
        void releasedPermitGoesToWhoWaits() {
            Guard guard = open(1);
            Guard.Permit first = permit(ask(guard, "ann"));
            CompletableFuture<Guard.Permit> second = ask(guard, "ben");
            first.release();
            permit(second);
            assertThat(guard.inFlight()).isEqualTo(1);
            assertThat(guard.waiting()).isZero();
        }

        @Test
        void releasingTwiceCountsOnce() {
            Guard guard = open(1);
            try (Guard.Permit first = permit(ask(guard, "ann"))) {
                first.release();
                first.release();
            }
            assertThat(guard.inFlight()).isZero();
            permit(ask(guard, "ann"));
            assertThat(ask(guard, "ann")).isNotDone();
        }

        @Test
        void guardsOfOneNameShareIt() {
            Guard.Permit held = permit(ask(open(1), "ann"));
            Guard other = open(1);
            assertThat(ask(other, "ann")).isNotDone();
            held.release();
            assertThat(other.inFlight()).isEqualTo(1);
        }

        @Test
        void guardsOfDifferentNamesDoNotMeet() {
            permit(ask(open(1), "ann"));
            permit(ask(Guard.of(Bound.of("search", 1), backend), "ann"));
        }

        @Test
        void sameNameWithAnotherBoundIsRefused() {
            open(1);
            assertThatThrownBy(() -> open(2))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("login");
        }
    }

    @Nested
    @DisplayName("the queue")
    class TheQueue {

        @Test
        void oneCallersCallsHaveTheirTurnsInOrder() {
            Guard guard = open(1);
            Guard.Permit turn = permit(ask(guard, "ann"));
            List<CompletableFuture<Guard.Permit>> waiting = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                waiting.add(ask(guard, "ann"));
            }
            for (int i = 0; i < 5; i++) {
                turn.release();
                turn = permit(waiting.get(i));
                assertThat(waiting.subList(i + 1, 5)).noneMatch(CompletableFuture::isDone);
            }
        }

        @Test
        void callerWithManyCallsDelaysAnotherByOneTurn() {
            Guard guard = open(1);
            Guard.Permit turn = permit(ask(guard, "greedy"));
            List<CompletableFuture<Guard.Permit>> greedy = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                greedy.add(ask(guard, "greedy"));
            }
            CompletableFuture<Guard.Permit> modest = ask(guard, "modest");
            turn.release();
            permit(greedy.get(0)).release();
            permit(modest);
            assertThat(greedy.get(1)).isNotDone();
        }

        @Test
        void thousandWaitingCallsOfOneDelayTenOthersByOneRound() {
            Guard guard = open(1);
            Guard.Permit turn = permit(guard.acquireAsync("greedy").toCompletableFuture());
            List<Guard.Permit> greedy = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                guard.acquireAsync("greedy").thenAccept(greedy::add);
            }
            List<CompletableFuture<Void>> others = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                others.add(guard.acquireAsync("other-" + i)
                        .thenAccept(Guard.Permit::release)
                        .toCompletableFuture());
            }
            turn.release();
            assertThat(greedy).hasSize(1);
            assertThat(others).noneMatch(CompletableFuture::isDone);
            greedy.get(0).release();
            assertThat(others).allMatch(CompletableFuture::isDone);
            assertThat(greedy).hasSize(2);
        }

        @Test
        void whoReleasesAndAsksAgainInItsTurnGoesBehindThoseWhoWait() {
            Guard guard = open(1);
            Guard.Permit turn = permit(guard.acquireAsync("ann").toCompletableFuture());
            CompletableFuture<Guard.Permit> again = guard.acquireAsync("ann")
                    .thenCompose(permit -> {
                        permit.release();
                        return guard.acquireAsync("ann");
                    })
                    .toCompletableFuture();
            CompletableFuture<Guard.Permit> ben = ask(guard, "ben");
            turn.release();
            permit(ben);
            assertThat(again).isNotDone();
        }

        @Test
        void callBeyondTheQueueIsRefusedAtOnce() {
            Guard guard = Guard.of(Bound.named("login").limit(1).maxWaiting(2).build(), backend);
            permit(ask(guard, "ann"));
            assertThat(ask(guard, "ann")).isNotDone();
            assertThat(ask(guard, "ben")).isNotDone();
            AdmissionException refusal = refusal(ask(guard, "cy"));
            assertThat(refusal.reason()).isEqualTo(AdmissionException.Reason.OVERLOADED);
            assertThat(refusal.retryAfter()).isPositive();
            assertThat(guard.waiting()).isEqualTo(2);
        }

        @Test
        void oneCallerCannotFillTheQueue() {
            Guard guard = Guard.of(Bound.named("login").limit(1).maxWaiting(8).build(), backend);
            permit(ask(guard, "greedy"));
            for (int i = 0; i < 4; i++) {
                assertThat(ask(guard, "greedy")).isNotDone();
            }
            refusal(ask(guard, "greedy"));
            assertThat(ask(guard, "ann")).isNotDone();
            assertThat(ask(guard, "ann")).isNotDone();
            refusal(ask(guard, "ann"));
            assertThat(ask(guard, "ben")).as("each has as much as is left").isNotDone();
        }

        @Test
        void withoutAQueueOrAWaitACallIsRefusedAtOnce() {
            Guard noQueue =
                    Guard.of(Bound.named("no-queue").limit(1).maxWaiting(0).build(), backend);
            Guard noWait = Guard.of(
                    Bound.named("no-wait").limit(1).maxWait(Duration.ZERO).build(), backend);
            for (Guard guard : List.of(noQueue, noWait)) {
                Guard.Permit held = permit(ask(guard, "ann"));
                refusal(ask(guard, "ann"));
                assertThat(guard.waiting()).isZero();
                held.release();
                permit(ask(guard, "ann"));
            }
        }

        @Test
        void thousandsOfWaitersWhoReleaseAtOnceDoNotOverflowTheStack() {
            Guard guard = open(1);
            Guard.Permit turn = permit(guard.acquireAsync("ann").toCompletableFuture());
            int[] served = {0};
            for (int i = 0; i < 9_000; i++) {
                guard.acquireAsync("caller-" + i % 100).thenAccept(permit -> {
                    served[0]++;
                    permit.release();
                });
            }
            turn.release();
            assertThat(served[0]).isEqualTo(9_000);
            assertThat(guard.inFlight()).isZero();
            assertThat(guard.waiting()).isZero();
        }
    }

    @Nested
    @DisplayName("giving up")
    class GivingUp {

        @Test
        void callIsRefusedAtTheInstantOfItsDeadline() {
            Guard guard = open(1);
            permit(ask(guard, "ann"));
            CompletableFuture<Guard.Permit> late = ask(guard, "ben");
            time.advance(MAX_WAIT.minusNanos(1));
            assertThat(late).isNotDone();
            time.advance(Duration.ofNanos(1));
            assertThat(refusal(late).reason()).isEqualTo(AdmissionException.Reason.OVERLOADED);
            assertThat(guard.waiting()).isZero();
        }

        @Test
        void turnCanComeInTheLastInstant() {
            Guard guard = open(1);
            Guard.Permit held = permit(ask(guard, "ann"));
            CompletableFuture<Guard.Permit> late = ask(guard, "ben");
            time.advance(MAX_WAIT.minusNanos(1));
            held.release();
            permit(late);
            time.advance(MAX_WAIT);
            assertThat(guard.inFlight()).isEqualTo(1);
        }

        @Test
        void whoGaveUpIsSkipped() {
            Guard guard = open(1);
            Guard.Permit held = permit(ask(guard, "ann"));
            CompletableFuture<Guard.Permit> first = ask(guard, "ben");
            time.advance(Duration.ofSeconds(5));
            CompletableFuture<Guard.Permit> second = ask(guard, "ben");
            time.advance(Duration.ofSeconds(5));
            refusal(first);
            held.release();
            permit(second);
        }

        @Test
        void cancellingGivesUpTheWait() {
            Guard guard = open(1);
            Guard.Permit held = permit(ask(guard, "ann"));
            CompletableFuture<Guard.Permit> cancelled =
                    guard.acquireAsync("ben").toCompletableFuture();
            CompletableFuture<Guard.Permit> next = ask(guard, "cem");
            cancelled.cancel(false);
            assertThat(guard.waiting()).isEqualTo(1);
            held.release();
            permit(next);
            assertThat(guard.inFlight()).isEqualTo(1);
        }

        @Test
        void whoAsksAgainWhenTheWaitEndsFindsThePlaceInTheQueueFree() {
            Guard guard = Guard.of(Bound.named("login").limit(1).maxWaiting(1).build(), backend);
            permit(ask(guard, "ann"));
            CompletableFuture<Guard.Permit> again = guard.acquireAsync("ben")
                    .handle((permit, refusal) -> guard.acquireAsync("ben"))
                    .thenCompose(Function.identity())
                    .toCompletableFuture();
            time.advance(MAX_WAIT);
            assertThat(again).isNotDone();
            assertThat(guard.waiting()).isEqualTo(1);
        }

        @Test
        void whoAsksAgainOnCancellingFindsThePlaceInTheQueueFree() {
            Guard guard = Guard.of(Bound.named("login").limit(1).maxWaiting(1).build(), backend);
            Guard.Permit held = permit(ask(guard, "ann"));
            CompletableFuture<Guard.Permit> cancelled =
                    guard.acquireAsync("ben").toCompletableFuture();
            CompletableFuture<Guard.Permit> again = cancelled
                    .handle((permit, cancellation) -> guard.acquireAsync("ben"))
                    .thenCompose(Function.identity());
            cancelled.cancel(false);
            assertThat(again).isNotDone();
            held.release();
            permit(again);
            assertThat(guard.inFlight()).isEqualTo(1);
        }

        @Test
        void cancellingAfterwardsTakesNothingBack() {
            Guard guard = open(1);
            CompletableFuture<Guard.Permit> had = guard.acquireAsync("ann").toCompletableFuture();
            had.cancel(false);
            assertThat(guard.inFlight()).isEqualTo(1);
            permit(had).release();
            assertThat(guard.inFlight()).isZero();
        }
    }

    @Nested
    @DisplayName("a permit held for too long")
    class HeldForTooLong extends GuardHoldRules {
        HeldForTooLong() {
            super(GuardContract.this);
        }
    }

    @Nested
    @DisplayName("another bound")
    class AnotherBound {

        @Test
        void letsInWhoWaitsIfItIsHigher() {
            Guard guard = open(1);
            permit(ask(guard, "ann"));
            CompletableFuture<Guard.Permit> ben = ask(guard, "ben");
            CompletableFuture<Guard.Permit> cem = ask(guard, "cem");
            guard.redefine(Bound.of("login", 2));
            permit(ben);
            assertThat(cem).isNotDone();
            assertThat(guard.bound().limit()).isEqualTo(2);
            assertThat(guard.share()).isEqualTo(2);
        }

        @Test
        void takesNoPermitBackIfItIsLower() {
            Guard guard = open(2);
            Guard.Permit first = permit(ask(guard, "ann"));
            Guard.Permit second = permit(ask(guard, "ben"));
            guard.redefine(Bound.of("login", 1));
            CompletableFuture<Guard.Permit> cem = ask(guard, "cem");
            first.release();
            assertThat(cem).isNotDone();
            second.release();
            permit(cem);
            assertThat(guard.inFlight()).isEqualTo(1);
        }

        @Test
        void holdsForThoseWhoComeAfterIt() {
            Guard guard = open(1);
            permit(ask(guard, "ann"));
            CompletableFuture<Guard.Permit> ben = ask(guard, "ben");
            guard.redefine(
                    Bound.named("login").limit(1).maxWait(Duration.ofSeconds(1)).build());
            CompletableFuture<Guard.Permit> cem = ask(guard, "cem");
            time.advance(Duration.ofSeconds(1));
            refusal(cem);
            assertThat(ben).as("was told that it may wait longer").isNotDone();
        }

        @Test
        void isWhatTheBackendKnowsFromNowOn() {
            Guard guard = open(1);
            guard.redefine(Bound.of("login", 2));
            assertThat(open(2).bound()).isEqualTo(guard.bound());
            assertThatThrownBy(() -> open(1)).isInstanceOf(IllegalArgumentException.class);
        }

        @Test
        void keepsTheName() {
            Guard guard = open(1);
            assertThatThrownBy(() -> guard.redefine(Bound.of("search", 2)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("login cannot become search");
            assertThat(guard.bound()).isEqualTo(Bound.of("login", 1));
        }
    }

    @Nested
    @DisplayName("closing")
    class Closing {

        @Test
        void whoWaitsIsRefused() {
            Guard guard = open(1);
            Guard.Permit held = permit(ask(guard, "ann"));
            CompletableFuture<Guard.Permit> ben = ask(guard, "ben");
            CompletableFuture<Guard.Permit> cem = ask(guard, "cem");
            backend.close();
            assertThat(refusal(ben).reason()).isEqualTo(AdmissionException.Reason.OVERLOADED);
            refusal(cem);
            assertThat(guard.waiting()).isZero();
            held.release();
            assertThat(guard.inFlight()).isZero();
        }

        @Test
        void whoAsksAfterwardsIsToldThatItIsClosed() {
            Guard guard = open(1);
            backend.close();
            assertThat(ask(guard, "ann"))
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableThat()
                    .withCauseInstanceOf(IllegalStateException.class);
            assertThat(guard.inFlight()).isZero();
        }

        @Test
        void anotherBoundIsRefusedAfterwards() {
            Guard guard = open(1);
            backend.close();
            assertThatThrownBy(() -> guard.redefine(Bound.of("login", 2))).isInstanceOf(IllegalStateException.class);
            assertThat(guard.bound()).isEqualTo(Bound.of("login", 1));
        }

        @Test
        void closingTwiceHasNoEffect() {
            open(1);
            backend.close();
            backend.close();
            assertThatThrownBy(() -> open(1)).isInstanceOf(IllegalStateException.class);
        }
    }
}
