package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What holds for a room whatever happens. A test in this package extends it and creates the backend. */
abstract class RoomProperties {

    private static final int HISTORIES = 200;
    private static final int STEPS = 300;
    private static final Duration REFRESH = Duration.ofMillis(200);

    abstract Backend create(TimeSource time);

    @Test
    void noHistoryBreaksARule() {
        Seeds.forAll(HISTORIES, random -> {
            History history = new History(random);
            for (int i = 0; i < STEPS; i++) {
                history.step();
            }
            history.end();
        });
    }

    @Test
    void everybodyWhoPollsAsToldGetsIn() {
        Seeds.forAll(20, random -> {
            ManualTime time = new ManualTime();
            Backend backend = create(time);
            int capacity = random.nextInt(1, 8);
            Room policy = Room.named("sale")
                    .capacity(capacity)
                    .patience(Duration.ofSeconds(random.nextInt(2, 60)))
                    .claimWithin(Duration.ofSeconds(random.nextInt(1, 60)))
                    .enterWait(Duration.ofSeconds(random.nextInt(0, 5)))
                    .build();
            List<WaitingRoom> gateways = new ArrayList<>();
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                Signer signer = Signer.of("a secret of the tests, long enough");
                Pacing pacing = new Pacing(policy.patience(), random::nextDouble);
                gateways.add(WaitingRoom.of(policy, backend, signer, pacing));
            }
            SimulatedCrowd crowd = new SimulatedCrowd(gateways, time, random, Duration.ofSeconds(2), 0.4);
            for (int i = 0; i < 100; i++) {
                crowd.come();
            }
            crowd.run(Duration.ofMinutes(20), capacity);
            assertThat(crowd.waiting()).as("still waiting").isZero();
            assertThat(crowd.turnedAway()).isZero();
            assertThat(crowd.mostInside()).isLessThanOrEqualTo(capacity);
            backend.close();
        });
    }

    /** One random history, and what its visitors have been told. */
    private final class History {

        private record Sighting(long number, long atMicros) {}

        private final Random random;
        private final ManualTime time = new ManualTime();
        private final Signer signer = Signer.of("a secret of the tests, long enough");
        private final Room policy;
        private final Backend backend;
        private final RoomReferee referee;
        private final List<WaitingRoom> gateways = new ArrayList<>();
        private final List<Duration> timeSteps;

        private final Map<String, String> ticketByVisitor = new HashMap<>();
        private final Map<String, String> gateByVisitor = new HashMap<>();
        /** By gateway and number. */
        private final Map<List<Object>, Long> lastPosition = new HashMap<>();

        private final List<Sighting> toBeHandedIn = new ArrayList<>();
        private final List<CompletableFuture<Pass>> entering = new ArrayList<>();

        History(Random random) {
            this.random = random;
            this.policy = Room.named("sale")
                    .capacity(random.nextInt(0, 6))
                    .stay(Duration.ofSeconds(random.nextInt(1, 20)))
                    .renewable(random.nextBoolean())
                    .claimWithin(Duration.ofSeconds(random.nextInt(1, 20)))
                    .patience(Duration.ofSeconds(random.nextInt(2, 20)))
                    .enterWait(Duration.ofMillis(random.nextInt(0, 5_000)))
                    .refresh(REFRESH)
                    .mode(random.nextInt(4) == 0 ? Room.Mode.QUEUE_EVERYBODY : Room.Mode.OPEN)
                    .build();
            this.backend = create(time);
            this.referee = new RoomReferee(backend.room(policy), policy, time);
            Backend watched = new ForwardingBackend(backend, unused -> referee);
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                gateways.add(WaitingRoom.of(policy, watched, signer));
            }
            Duration instant = Duration.ofNanos(1000);
            this.timeSteps = List.of(
                    instant,
                    Duration.ofMillis(50),
                    REFRESH,
                    REFRESH.multipliedBy(2),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1),
                    policy.claimWithin(),
                    policy.claimWithin().minus(instant),
                    policy.patience(),
                    policy.patience().minus(instant),
                    policy.stay(),
                    policy.stay().minus(instant));
        }

        private WaitingRoom room() {
            return gateways.get(random.nextInt(gateways.size()));
        }

        void step() {
            WaitingRoom room = room();
            String visitor = "visitor-" + random.nextInt(12);
            String ticket = ticketByVisitor.get(visitor);
            int dice = random.nextInt(100);
            if (dice < 25) {
                time.advance(timeSteps.get(random.nextInt(timeSteps.size())));
            } else if (dice < 35 || ticket == null) {
                join(room, visitor, random.nextInt(3) == 0);
            } else if (dice < 65) {
                poll(room, visitor, ticket);
            } else if (dice < 85) {
                enter(room, visitor, ticket);
            } else if (dice < 90) {
                room.leave(visitor);
            } else if (dice < 92) {
                room.leaveTicket(ticket);
            } else if (dice < 94) {
                renew(room, visitor);
            } else if (dice < 95) {
                room.find(visitor);
            } else if (dice < 97) {
                everybodyComesToTheDoor();
            } else {
                room.configure(random.nextInt(0, 8), anyMode());
            }
            check();
        }

        private Room.Mode anyMode() {
            List<Room.Mode> modes = List.of(Room.Mode.values());
            return random.nextBoolean() ? Room.Mode.OPEN : modes.get(random.nextInt(modes.size()));
        }

        private void join(WaitingRoom room, String visitor, boolean straightIn) {
            try {
                Ticket ticket = straightIn ? room.admit(visitor) : room.join(visitor);
                ticketByVisitor.put(visitor, ticket.token());
                gateByVisitor.remove(visitor);
                told(room, visitor, ticket.token(), ticket.standing());
            } catch (AdmissionException e) {
                assertThat(e.reason()).isEqualTo(AdmissionException.Reason.CLOSED);
            }
        }

        private void poll(WaitingRoom room, String visitor, String ticket) {
            told(room, visitor, ticket, room.status(ticket));
        }

        private void enter(WaitingRoom room, String visitor, String ticket) {
            String gate = gateByVisitor.get(visitor);
            if (gate != null) {
                entering.add(room.enterAsync(visitor, ticket, gate).toCompletableFuture());
            }
        }

        /** More than there are places for, if the capacity has been lowered: they knock, in any order. */
        private void everybodyComesToTheDoor() {
            List<String> visitors = new ArrayList<>(ticketByVisitor.keySet());
            Collections.shuffle(visitors, random);
            room().configure(random.nextInt(0, 3), Room.Mode.OPEN);
            for (String visitor : visitors) {
                String ticket = Objects.requireNonNull(ticketByVisitor.get(visitor));
                poll(room(), visitor, ticket);
                enter(room(), visitor, ticket);
            }
        }

        private void renew(WaitingRoom room, String visitor) {
            try {
                room.renew(visitor);
            } catch (AdmissionException e) {
                assertThat(e.reason()).isEqualTo(AdmissionException.Reason.NOT_INSIDE);
            }
        }

        private void told(WaitingRoom room, String visitor, String ticket, Standing standing) {
            long number = number(ticket);
            assertThat(standing.holding()).as("holding").isFalse();
            switch (standing.state()) {
                case QUEUED -> {
                    Long last = lastPosition.put(List.of(room, number), standing.position());
                    assertThat(standing.position())
                            .as("position of %d", number)
                            .isBetween(1L, last == null ? Long.MAX_VALUE : last);
                    toBeHandedIn.add(new Sighting(number, time.epochMicros()));
                }
                case READY -> {
                    gateByVisitor.put(visitor, Objects.requireNonNull(standing.gateToken()));
                    toBeHandedIn.add(new Sighting(number, time.epochMicros()));
                }
                case EXPIRED ->
                    assertThat(referee.stateOf(number))
                            .as("an EXPIRED ticket's place")
                            .isEqualTo(Place.State.EXPIRED);
                case USED -> gateByVisitor.remove(visitor);
            }
        }

        private long number(String ticket) {
            Token token = Token.verify(
                    ticket, Token.Purpose.TICKET, signer, policy.name().getBytes(StandardCharsets.UTF_8));
            return Objects.requireNonNull(token).number();
        }

        private void check() {
            assertThat(referee.violations()).isEmpty();
            long handedInBeforeMicros = time.epochMicros() - REFRESH.toNanos() / 1000;
            toBeHandedIn.removeIf(sighting -> {
                boolean due = sighting.atMicros < handedInBeforeMicros;
                if (due) {
                    assertThat(referee.heardMicros(sighting.number))
                            .as("when the store last heard of %d", sighting.number)
                            .isGreaterThanOrEqualTo(sighting.atMicros);
                }
                return due;
            });
            for (CompletableFuture<Pass> future : entering) {
                @Nullable Throwable failure = future.isCompletedExceptionally() ? failure(future) : null;
                if (failure != null) {
                    assertThat(failure).isInstanceOf(AdmissionException.class);
                }
            }
            entering.removeIf(CompletableFuture::isDone);
        }

        private static Throwable failure(CompletableFuture<?> future) {
            return future.handle((answer, failure) -> {
                        Throwable cause = failure.getCause();
                        return cause == null ? failure : cause;
                    })
                    .join();
        }

        void end() {
            time.advance(policy.enterWait().plus(REFRESH));
            assertThat(entering).as("held longer than enterWait").allMatch(CompletableFuture::isDone);
            check();
            backend.close();
        }
    }
}
