package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collections;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a gateway asks of a store that is away, and how soon it finds out that the store is back. */
class OutageRefreshTest {

    private static final Duration REFRESH = Duration.ofMillis(200);

    private final ManualTime time = new ManualTime();
    private final StoreSwitch store = new StoreSwitch();
    private final Backend backend = new ForwardingBackend(LocalBackend.create(time), store);
    private final WaitingRoom room =
            WaitingRoom.of(Room.named("sale").capacity(1).build(), backend, Signer.random());

    private int refreshesDuring(Runnable use) {
        store.calls.clear();
        use.run();
        return Collections.frequency(store.calls, "advance");
    }

    private void goAway() {
        store.away = true;
        time.advance(REFRESH.multipliedBy(3));
    }

    @Test
    void pollsAndRequestsInAnOutageDoNotRefreshAgain() {
        Pass ann = Objects.requireNonNull(room.admit("ann").pass());
        String ben = room.join("ben").token();
        goAway();
        assertThat(refreshesDuring(() -> {
                    for (int i = 0; i < 1_000; i++) {
                        assertThat(room.status(ben).holding()).isTrue();
                        assertThat(room.verify("ann", ann.token())).isEqualTo(ann);
                    }
                }))
                .isZero();
    }

    @Test
    void storeIsAskedAtMostTwiceAnIntervalInAnOutage() {
        String ann = room.join("ann").token();
        goAway();
        assertThat(refreshesDuring(() -> {
                    for (int i = 0; i < 100; i++) {
                        time.advance(REFRESH.dividedBy(10));
                        room.status(ann);
                    }
                }))
                .isBetween(10, 20);
    }

    @Test
    void storeThatIsBackIsUsedWithinARefresh() {
        String ann = room.join("ann").token();
        goAway();
        room.status(ann);
        store.away = false;
        time.advance(REFRESH);
        assertThat(room.status(ann).holding()).isFalse();
    }

    @Test
    void roomThatWasNeverAnsweredHoldsAndBeginsWithinARefreshOfTheStoresReturn() {
        store.away = true;
        assertThat(room.snapshot()).isNull();
        assertThat(refreshesDuring(() -> assertThat(room.snapshot()).isNull())).isZero();
        store.away = false;
        time.advance(REFRESH);
        assertThat(room.snapshot()).isNotNull();
    }

    @Test
    void roomThatRestedIsRefreshedByTheFirstWhoComes() {
        store.away = true;
        room.snapshot();
        time.advance(Duration.ofMinutes(5));
        assertThat(time.scheduled()).isEmpty();
        store.away = false;
        assertThat(room.snapshot()).isNotNull();
    }

    @Test
    void readingTheFiguresOfARoomThatRestsDoesNotKeepItRefreshing() {
        room.join("ann");
        time.advance(Duration.ofMinutes(5));
        assertThat(refreshesDuring(() -> {
                    for (int scrape = 0; scrape < 10; scrape++) {
                        assertThat(room.snapshot()).isNotNull();
                        time.advance(Duration.ofSeconds(15));
                    }
                }))
                .isEqualTo(10);
    }

    @Test
    void readingTheFiguresOfARoomThatNobodyHasUsedYetDoesNotKeepItRefreshing() {
        assertThat(refreshesDuring(() -> {
                    assertThat(room.snapshot()).isNotNull();
                    time.advance(Duration.ofSeconds(15));
                }))
                .isEqualTo(1);
    }

    @Test
    void readingTheFiguresOfARoomInUseAsksNothing() {
        room.join("ann");
        assertThat(refreshesDuring(() -> {
                    for (int scrape = 0; scrape < 10; scrape++) {
                        assertThat(room.snapshot()).isNotNull();
                    }
                }))
                .isZero();
    }

    @Test
    void roomThatComesIntoUseRightAfterItsFiguresWereReadIsRefreshedFromThenOn() {
        String ann = room.join("ann").token();
        time.advance(Duration.ofMinutes(5));
        room.snapshot();
        room.status(ann);
        assertThat(refreshesDuring(() -> time.advance(REFRESH.multipliedBy(10))))
                .isEqualTo(10);
    }

    @Test
    void snapshotThatCannotBeReadIsARefreshThatFailed() {
        String ann = room.join("ann").token();
        store.answersNothing = true;
        time.advance(REFRESH.multipliedBy(3));
        assertThat(room.status(ann).holding()).isTrue();
        store.answersNothing = false;
        time.advance(REFRESH);
        assertThat(room.status(ann).holding()).isFalse();
    }

    @Test
    void refreshThatThrowsIsOneThatFailed() {
        String ann = room.join("ann").token();
        store.thrown.put("advance", new StackOverflowError());
        time.advance(REFRESH.multipliedBy(3));
        assertThat(room.statusAsync(ann)).isCompletedWithValueMatching(Standing::holding);
        store.thrown.clear();
        time.advance(REFRESH);
        assertThat(room.statusAsync(ann)).isCompletedWithValueMatching(standing -> !standing.holding());
    }

    @Test
    void heldVisitorGetsWhatTheStoreThrows() {
        room.admit("ann");
        String ticket = room.join("ben").token();
        room.setCapacity(2);
        String gateToken = Objects.requireNonNull(room.status(ticket).gateToken());
        room.setCapacity(1);
        CompletableFuture<Pass> entered =
                room.enterAsync("ben", ticket, gateToken).toCompletableFuture();
        assertThat(entered).isNotDone();
        store.thrown.put("enter", new StackOverflowError());
        time.advance(REFRESH);
        assertThat(entered).isCompletedExceptionally();
    }

    @Test
    void changeOfTheRoomAsksTheStoreAtOnce() {
        goAway();
        room.snapshot();
        store.away = false;
        room.configure(7, Room.Mode.OPEN);
        assertThat(Objects.requireNonNull(room.snapshot()).capacity()).isEqualTo(7);
    }
}
