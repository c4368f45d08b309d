package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.FlushMode;
import io.sluice.AdmissionException;
import io.sluice.ManualTime;
import io.sluice.Pass;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.Seeds;
import io.sluice.Signer;
import io.sluice.Standing;
import io.sluice.Ticket;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * What holds for a room on several gateways however often its Redis goes away and comes back, with its data, with
 * earlier data or empty: random histories on a real Redis and a controlled time.
 */
class LostStorePropertiesTest {

    private static final int HISTORIES = 15;
    private static final int GATEWAYS = 3;
    private static final int STEPS = 400;
    private static final Duration REFRESH = Duration.ofMillis(200);
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(3);

    private static final ManualTime time = new ManualTime();
    private static final long START_NANOS = time.nanoTime();

    @AutoClose
    private static final RefusingRedis redis = RefusingRedis.start(GATEWAYS, time);

    private static int rooms;

    @Test
    void nobodyLosesAPlaceAndNobodyHasTwo() {
        Seeds.forAll(HISTORIES, random -> {
            waitForTheNextDay();
            History history = new History(random);
            try {
                for (int i = 0; i < STEPS; i++) {
                    history.step();
                }
                history.end();
            } finally {
                history.close();
            }
        });
    }

    /** The gateways share one time, but a seed plays the same history again only from the same time of day. */
    private static void waitForTheNextDay() {
        Duration past = Duration.ofNanos(time.nanoTime() - START_NANOS);
        time.advance(Duration.ofDays(past.toDays() + 1).minus(past));
    }

    private static final class Visitor {
        final String name;
        final List<String> tickets = new ArrayList<>();
        long heardNanos;
        long enteredNanos;
        boolean joinedDirectly;

        /** Left and came back: before its gateway has told of the departure, the place may be the earlier one. */
        boolean cameBack;

        /** The gateway that knows of an earlier departure, if it may not have told the store yet. */
        @Nullable
        WaitingRoom only;

        @Nullable
        String gate;

        @Nullable
        Pass pass;

        Visitor(String name, long nowNanos) {
            this.name = name;
            this.heardNanos = nowNanos;
        }

        String ticket(Random random) {
            return tickets.get(random.nextInt(tickets.size()));
        }
    }

    private static final class History {
        private final Random random;
        private final int capacity;
        private final String name = "sale-" + rooms++;
        private final List<WaitingRoom> gateways = new ArrayList<>();
        /** Those who wait or are inside, in the order in which they came. */
        private final Map<String, Visitor> visitors = new LinkedHashMap<>();

        /** What Redis held at some moments: it may come back with any of it, and any number of times. */
        private final List<Map<String, byte[]>> saved = new ArrayList<>();

        private int names;
        private boolean away;
        private int losses;

        History(Random random) {
            this.random = random;
            this.capacity = random.nextInt(1, 6);
            Room room = Room.named(name)
                    .capacity(capacity)
                    .stay(Duration.ofHours(1))
                    .patience(Duration.ofSeconds(20))
                    .claimWithin(Duration.ofMinutes(10))
                    .enterWait(Duration.ZERO)
                    .refresh(REFRESH)
                    .build();
            Signer signer = Signer.of("a secret of the tests, long enough");
            for (RedisBackend backend : redis.gateways().subList(0, random.nextInt(1, GATEWAYS + 1))) {
                gateways.add(WaitingRoom.of(room, SettledBackend.of(backend), signer));
            }
            // All know the room. Each refreshes it from when a visitor comes to it, as behind a balancer.
            gateways.forEach(WaitingRoom::snapshot);
        }

        /** Leaves the room alone until nobody refreshes it. */
        void close() {
            back();
            time.advance(Duration.ofMinutes(1));
        }

        private WaitingRoom gateway(Visitor visitor) {
            return visitor.only == null ? gateway() : visitor.only;
        }

        private WaitingRoom gateway() {
            int index = random.nextInt(gateways.size());
            told("by gateway %d".formatted(index));
            return gateways.get(index);
        }

        /** A replay tells its story. */
        private void told(String event) {
            if (System.getProperty("sluice.seed") != null) {
                System.out.println(time.nanoTime() / 1_000_000 + " " + event);
            }
        }

        void step() {
            time.advance(Duration.ofMillis(random.nextInt(1, 150)));
            int dice = random.nextInt(1000);
            if (dice < 5 && !away) {
                loseTheReplyToAJoin();
            } else if (dice < 12 && !away) {
                away();
            } else if (dice < 70 && away) {
                loseSomething();
                back();
            } else if (dice < 80) {
                redis.admin().scriptFlush();
            } else if (dice < 95 && !away) {
                saved.add(redis.state(name));
            } else if (dice < 250) {
                come();
            } else if (dice < 300) {
                withSomebody(visitor -> visitor.tickets.add(join(visitor).token()));
            } else if (dice < 600) {
                withSomebody(this::poll);
            } else if (dice < 900) {
                withSomebody(this::enter);
            } else if (dice < 970) {
                withSomebody(this::leave);
            } else {
                withSomebody(this::showThePass);
            }
            everybodyPollsInTime();
            check();
        }

        private void away() {
            away = true;
            told("away");
            redis.refuse();
        }

        private void back() {
            told("back after %d losses".formatted(losses));
            away = false;
            redis.permit();
        }

        /** Redis keeps its data, loses all, or goes back to what it was at a moment. */
        private void loseSomething() {
            int loss = random.nextInt(4);
            if (loss < 2) {
                return;
            }
            losses++;
            if (loss == 2 || saved.isEmpty()) {
                told("lost everything");
                redis.admin().flushall(FlushMode.SYNC);
            } else {
                int which = random.nextInt(saved.size());
                told("went back to state %d of %d".formatted(which, saved.size()));
                redis.goBackTo(saved.get(which));
            }
        }

        private void come() {
            come(new Visitor("visitor-" + names++, time.nanoTime()));
        }

        private void come(Visitor visitor) {
            visitors.put(visitor.name, visitor);
            Ticket ticket = join(visitor);
            // Whoever comes back before the departure is told may be inside still.
            visitor.pass = ticket.pass();
            visitor.joinedDirectly = !ticket.standing().holding();
            visitor.tickets.add(ticket.token());
        }

        private Ticket join(Visitor visitor) {
            Ticket ticket = gateway(visitor).join(visitor.name);
            visitor.heardNanos = time.nanoTime();
            told("%s joined: %s %s".formatted(visitor.name, ticket.standing(), ticket.token()));
            return ticket;
        }

        /** The store counts the visitor in, the gateway never hears of it, and the visitor tries again elsewhere. */
        private void loseTheReplyToAJoin() {
            Visitor visitor = new Visitor("visitor-" + names++, time.nanoTime());
            visitors.put(visitor.name, visitor);
            join(visitor);
            visitor.tickets.add(join(visitor).token());
        }

        private void withSomebody(Consumer<Visitor> action) {
            if (!visitors.isEmpty()) {
                List<Visitor> all = List.copyOf(visitors.values());
                // Mostly those in front, so that the queue moves.
                action.accept(all.get(random.nextInt(random.nextBoolean() ? Math.min(all.size(), 8) : all.size())));
            }
        }

        private void poll(Visitor visitor) {
            String ticket = visitor.ticket(random);
            Standing standing = gateway(visitor).status(ticket);
            told("%s polled: %s %s".formatted(visitor.name, standing, ticket));
            visitor.heardNanos = time.nanoTime();
            visitor.only = standing.holding() ? visitor.only : null;
            switch (standing.state()) {
                case QUEUED -> {
                    // Another gateway learns of an entry with its next refresh.
                    boolean hasEnteredJustNow = time.nanoTime() - visitor.enteredNanos < 2 * REFRESH.toNanos();
                    assertThat(visitor.pass == null || standing.holding() || hasEnteredJustNow)
                            .as("%s is inside and told QUEUED", visitor.name)
                            .isTrue();
                }
                case READY -> visitor.gate = standing.gateToken();
                case USED -> {
                    if (visitor.pass == null && visitor.cameBack) {
                        // The departure was never told, so the place is the earlier one.
                        visitor.pass = gateway(visitor).find(visitor.name);
                    }
                    assertThat(visitor.pass)
                            .as("pass of %s, who is told USED", visitor.name)
                            .isNotNull();
                }
                case EXPIRED -> throw new AssertionError(visitor.name + " has lost the place");
            }
        }

        private void enter(Visitor visitor) {
            poll(visitor);
            String gate = visitor.gate;
            if (gate == null) {
                return;
            }
            CompletableFuture<Pass> entering = gateway()
                    .enterAsync(visitor.name, visitor.ticket(random), gate)
                    .toCompletableFuture();
            Pass pass = entering.handle((entered, failure) -> {
                        if (failure instanceof AdmissionException refused) {
                            assertThat(refused.reason())
                                    .as("%s: %s", visitor.name, refused.standing())
                                    .isEqualTo(AdmissionException.Reason.NO_PLACE_YET);
                        }
                        return entered;
                    })
                    .join();
            told("%s enters: %s".formatted(visitor.name, pass));
            if (pass != null) {
                visitor.enteredNanos = visitor.pass == null ? time.nanoTime() : visitor.enteredNanos;
                visitor.pass = pass;
            }
        }

        private void leave(Visitor visitor) {
            if (visitor.pass == null && random.nextInt(4) > 0) {
                return;
            }
            WaitingRoom gateway = gateway(visitor);
            gateway.leave(visitor.name);
            told("%s left".formatted(visitor.name));
            visitors.remove(visitor.name);
            if (random.nextInt(4) == 0) {
                Visitor again = new Visitor(visitor.name, time.nanoTime());
                again.only = gateway;
                again.cameBack = true;
                come(again);
            }
        }

        private void showThePass(Visitor visitor) {
            Pass pass = visitor.pass;
            if (pass != null) {
                assertThat(gateway().verify(visitor.name, pass.token())).isEqualTo(pass);
            }
        }

        private void everybodyPollsInTime() {
            for (Visitor visitor : List.copyOf(visitors.values())) {
                if (time.nanoTime() - visitor.heardNanos > LONGEST_SILENCE.toNanos()) {
                    poll(visitor);
                }
            }
        }

        private void check() {
            assertThat(inside()).as("inside").isLessThanOrEqualTo(capacity);
        }

        private long inside() {
            return visitors.values().stream()
                    .filter(visitor -> visitor.pass != null)
                    .count();
        }

        /** Everybody gets in, in order, and has one place. */
        void end() {
            if (away) {
                back();
            }
            for (int i = 0; i < 15; i++) {
                time.advance(REFRESH);
                everybodyPollsInTime();
            }
            for (WaitingRoom gateway : gateways) {
                RoomSnapshot snapshot = Objects.requireNonNull(gateway.snapshot());
                assertThat((long) snapshot.inside()).as("inside by the store").isEqualTo(inside());
            }
            expectOneOrderAndOneNumber();
            for (int i = 0; i < 2_000 && !visitors.isEmpty(); i++) {
                time.advance(Duration.ofMillis(100));
                withSomebody(visitor -> {
                    enter(visitor);
                    if (visitor.pass != null) {
                        leave(visitor);
                    }
                });
                everybodyPollsInTime();
                check();
            }
            assertThat(visitors.keySet()).as("never got in").isEmpty();
            assertThat(redis.gateways().get(0).recovery(name).overfull()).isZero();
            assertThat(redis.gateways().get(0).recovery(name).losses()).isLessThanOrEqualTo(losses);
        }

        private Standing settled(WaitingRoom gateway, String ticket) {
            Standing standing = gateway.status(ticket);
            for (int i = 0; i < 5 && standing.holding(); i++) {
                time.advance(REFRESH);
                standing = gateway.status(ticket);
            }
            assertThat(standing.holding()).isFalse();
            return standing;
        }

        /** Whoever came later is behind, and all tickets of one visitor say the same. */
        private void expectOneOrderAndOneNumber() {
            WaitingRoom gateway = gateways.get(0);
            // The first time a ticket is shown after a loss, the gateway asks the store which number it stands for.
            visitors.values().forEach(visitor -> visitor.tickets.forEach(gateway::status));
            time.advance(REFRESH.multipliedBy(2));
            long last = 0;
            for (Visitor visitor : visitors.values()) {
                long position = 0;
                for (String ticket : visitor.tickets) {
                    Standing standing = settled(gateway, ticket);
                    if (standing.state() == Standing.State.QUEUED) {
                        assertThat(position == 0 || position == standing.position())
                                .as("one position for %s: %d, %d", visitor.name, position, standing.position())
                                .isTrue();
                        position = standing.position();
                    }
                }
                if (position != 0) {
                    told("%s is at %d".formatted(visitor.name, position));
                    if (!visitor.cameBack) {
                        assertThat(position).as("position of %s", visitor.name).isGreaterThan(last);
                        last = visitor.joinedDirectly ? position : last;
                    }
                }
            }
        }
    }
}
