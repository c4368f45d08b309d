package io.sluice;

import static io.sluice.GuardContract.permit;
import static io.sluice.GuardContract.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What every backend's guards do with permits that are held for longer than {@link Bound#maxHold}. */
abstract class GuardHoldRules {

    private final GuardContract contract;
    private final ManualTime time;

    GuardHoldRules(GuardContract contract) {
        this.contract = contract;
        this.time = contract.time;
    }

    private CompletableFuture<Guard.Permit> ask(Guard guard, String caller) {
        return contract.ask(guard, caller);
    }

    private static final Duration MAX_HOLD = Duration.ofSeconds(3);

    private Bound.Builder bound(int limit) {
        return Bound.named("login").limit(limit).maxHold(MAX_HOLD);
    }

    private Guard guard(int limit) {
        return Guard.of(bound(limit).build(), contract.backend);
    }

    private void assertUnderWay(Guard guard, int inFlight, int overdue) {
        assertThat(guard.inFlight()).as("with a permit").isEqualTo(inFlight);
        assertThat(guard.overdue()).as("without one").isEqualTo(overdue);
    }

    @Test
    void overduePermitGoesToTheNextWaiter() {
        Guard guard = guard(1);
        permit(ask(guard, "slow"));
        time.advance(Duration.ofSeconds(1));
        CompletableFuture<Guard.Permit> ann = ask(guard, "ann");
        CompletableFuture<Guard.Permit> ben = ask(guard, "ben");
        time.advance(MAX_HOLD.minusSeconds(1).minusNanos(1));
        assertThat(ann).isNotDone();
        time.advance(Duration.ofNanos(1));
        permit(ann).release();
        permit(ben);
        assertUnderWay(guard, 1, 1);
        assertThat(guard.takenBack()).isEqualTo(1);
    }

    @Test
    void releaseOfAnOverdueCallGivesNoSecondTurn() {
        Guard guard = guard(1);
        Guard.Permit slow = permit(ask(guard, "slow"));
        CompletableFuture<Guard.Permit> ann = ask(guard, "ann");
        time.advance(MAX_HOLD);
        permit(ann);
        CompletableFuture<Guard.Permit> ben = ask(guard, "ben");
        slow.release();
        slow.release();
        assertThat(ben).isNotDone();
        assertUnderWay(guard, 1, 0);
    }

    @Test
    void withoutMaxHoldNothingIsTakenBack() {
        Guard guard = contract.open(1);
        Guard.Permit slow = permit(ask(guard, "slow"));
        time.advance(Duration.ofHours(25));
        CompletableFuture<Guard.Permit> ann = ask(guard, "ann");
        time.advance(GuardContract.MAX_WAIT.minusNanos(1));
        assertThat(ann).isNotDone();
        slow.release();
        permit(ann);
        assertThat(guard.takenBack()).isZero();
    }

    @Test
    void isKeptWhileNobodyWaits() {
        Guard guard = guard(1);
        Guard.Permit slow = permit(ask(guard, "slow"));
        time.advance(MAX_HOLD.multipliedBy(2));
        assertUnderWay(guard, 1, 0);
        permit(ask(guard, "ann"));
        assertUnderWay(guard, 1, 1);
        slow.release();
        assertUnderWay(guard, 1, 0);
    }

    @Test
    void goesToACallThatWouldNotWait() {
        Guard guard = Guard.of(bound(1).maxWait(Duration.ZERO).build(), contract.backend);
        permit(ask(guard, "slow"));
        refusal(ask(guard, "ann"));
        time.advance(MAX_HOLD);
        permit(ask(guard, "ann"));
        assertUnderWay(guard, 1, 1);
    }

    @Test
    void eachThatIsTakenBackCounts() {
        Guard guard = guard(2);
        permit(ask(guard, "slow"));
        permit(ask(guard, "slow"));
        guard.redefine(bound(1).build());
        CompletableFuture<Guard.Permit> ann = ask(guard, "ann");
        time.advance(MAX_HOLD);
        permit(ann);
        assertThat(guard.takenBack()).isEqualTo(2);
        assertUnderWay(guard, 1, 2);
    }

    @Test
    void isTakenBackOnlyIfItIsNeeded() {
        Guard guard = guard(3);
        for (int i = 0; i < 3; i++) {
            permit(ask(guard, "slow"));
        }
        CompletableFuture<Guard.Permit> ann = ask(guard, "ann");
        time.advance(MAX_HOLD);
        permit(ann);
        assertUnderWay(guard, 3, 1);
    }

    @Test
    void slowCallerHasNoMoreCallsUnderWayThanTheLimit() {
        Guard guard = guard(2);
        List<Guard.Permit> slow = List.of(permit(ask(guard, "slow")), permit(ask(guard, "slow")));
        CompletableFuture<Guard.Permit> third = ask(guard, "slow");
        CompletableFuture<Guard.Permit> ann = ask(guard, "ann");
        time.advance(MAX_HOLD);
        permit(ann).release();
        assertThat(third).as("two of this caller are under way").isNotDone();
        assertUnderWay(guard, 1, 1);
        permit(ask(guard, "ben")).release();
        assertThat(third).isNotDone();
        slow.get(0).release();
        permit(third);
        assertUnderWay(guard, 2, 0);
        time.advance(MAX_HOLD);
        assertThat(ask(guard, "slow")).as("two of this caller are under way").isNotDone();
    }

    @Test
    void noMoreThanTenCallsForEachPermitGoOnWithoutOne() {
        Guard guard = guard(1);
        List<Guard.Permit> slow = new ArrayList<>();
        for (int i = 0; i <= 10; i++) {
            slow.add(permit(ask(guard, "slow-" + i)));
            time.advance(MAX_HOLD);
        }
        CompletableFuture<Guard.Permit> ann = ask(guard, "ann");
        time.advance(MAX_HOLD);
        assertThat(ann).isNotDone();
        assertUnderWay(guard, 1, 10);
        slow.get(0).release();
        permit(ann);
        assertUnderWay(guard, 1, 10);
    }

    @Test
    void aLowerLimitTakesBackOnlyWhatGivesSomebodyATurn() {
        Guard guard = guard(2);
        permit(ask(guard, "slow"));
        time.advance(Duration.ofSeconds(1));
        permit(ask(guard, "slower"));
        guard.redefine(bound(1).build());
        CompletableFuture<Guard.Permit> ann = ask(guard, "ann");
        time.advance(MAX_HOLD.minusNanos(1));
        assertThat(ann).isNotDone();
        assertUnderWay(guard, 2, 0);
        time.advance(Duration.ofNanos(1));
        permit(ann);
        assertUnderWay(guard, 1, 2);
    }

    @Test
    void aMuchLowerLimitOpensAGuardWhoseServiceHangs() {
        Guard guard = guard(100);
        for (int i = 0; i < 100; i++) {
            permit(ask(guard, "caller-" + i));
        }
        guard.redefine(bound(8).build());
        CompletableFuture<Guard.Permit> ann = ask(guard, "ann");
        time.advance(MAX_HOLD);
        permit(ann);
        assertUnderWay(guard, 8, 93);
    }

    @Test
    void callerWhoHoldsAllHasNoneTakenBackForItself() {
        Guard guard = guard(1);
        Guard.Permit slow = permit(ask(guard, "slow"));
        CompletableFuture<Guard.Permit> second = ask(guard, "slow");
        time.advance(MAX_HOLD.multipliedBy(2));
        assertThat(second).isNotDone();
        slow.release();
        permit(second);
        assertThat(guard.takenBack()).isZero();
    }

    @Test
    void timeIsThatOfTheBoundInForce() {
        Guard guard = contract.open(1);
        permit(ask(guard, "slow"));
        CompletableFuture<Guard.Permit> ann = ask(guard, "ann");
        time.advance(Duration.ofSeconds(2));
        guard.redefine(bound(1).maxHold(Duration.ofSeconds(7)).build());
        guard.redefine(bound(1).build());
        time.advance(MAX_HOLD.minusSeconds(2).minusNanos(1));
        assertThat(ann).isNotDone();
        time.advance(Duration.ofNanos(1));
        permit(ann);
        CompletableFuture<Guard.Permit> ben = ask(guard, "ben");
        guard.redefine(Bound.of("login", 1));
        time.advance(MAX_HOLD);
        assertThat(ben).as("nothing is taken back any more").isNotDone();
    }

    @Test
    void ofABoundThatIsPutInForceTooLateIsTakenBackAtOnce() {
        Guard guard = contract.open(1);
        permit(ask(guard, "slow"));
        CompletableFuture<Guard.Permit> ann = ask(guard, "ann");
        time.advance(MAX_HOLD.plusSeconds(1));
        guard.redefine(bound(1).build());
        permit(ann);
    }

    @Test
    void isLookedAtInItsOwnTimeWhenAnOlderOneIsReleased() {
        Guard guard = guard(2);
        Guard.Permit first = permit(ask(guard, "slow"));
        time.advance(Duration.ofSeconds(1));
        permit(ask(guard, "slower"));
        CompletableFuture<Guard.Permit> ann = ask(guard, "ann");
        CompletableFuture<Guard.Permit> ben = ask(guard, "ben");
        first.release();
        permit(ann);
        time.advance(MAX_HOLD.minusNanos(1));
        assertThat(ben).isNotDone();
        time.advance(Duration.ofNanos(1));
        permit(ben);
        assertUnderWay(guard, 2, 1);
    }
}
