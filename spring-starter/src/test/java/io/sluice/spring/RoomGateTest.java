package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Backend;
import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import io.sluice.Room;
import io.sluice.RoomStore;
import io.sluice.Signer;
import io.sluice.Standing;
import io.sluice.WaitingRoom;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A browser that reloads the page, as it does without a script. */
class RoomGateTest {

    private static final Duration REFRESH = Duration.ofMillis(200);

    private final ManualTime time = new ManualTime();
    private final List<String> storeCalls = new ArrayList<>();
    private final List<GateObserver.Outcome> holds = new ArrayList<>();
    private final List<GateObserver.Outcome> decisions = new ArrayList<>();
    private final List<Standing.State> left = new ArrayList<>();
    private final List<String> greetings = new ArrayList<>();
    private int abandonedHolds;
    private boolean away;
    private final LocalBackend backend = LocalBackend.create(time);
    private final WaitingRoom room =
            WaitingRoom.of(Room.named("sale").capacity(0).build(), watched(backend), Signer.random());
    private final SluiceProperties.RoomProperties properties = properties(null);
    private final LimitsOnJoins joins = new LimitsOnJoins(greeting("nameless"), greeting("keyed"), this::greeting);
    private final RoomGate gate = new RoomGate(
            room,
            new RoomGate.Definition(null, properties),
            joins,
            joins,
            Configured.byDefault(),
            Hold.forAtMost(Duration.ZERO, time),
            new GateObserver() {
                @Override
                public OfRoom room(RoomGate gate) {
                    return new OfRoom() {
                        @Override
                        public void decided(Outcome outcome) {
                            decisions.add(outcome);
                        }

                        @Override
                        public void left(Standing.State from) {
                            left.add(from);
                        }

                        @Override
                        public Held held() {
                            return new Held() {
                                @Override
                                public void end(Outcome outcome) {
                                    holds.add(outcome);
                                }

                                @Override
                                public void abandon() {
                                    abandonedHolds++;
                                }
                            };
                        }
                    };
                }
            });

    private SluiceProperties.RoomProperties properties(@Nullable String key) {
        return new SluiceProperties.RoomProperties(
                0,
                room.room().stay(),
                false,
                room.room().claimWithin(),
                room.room().patience(),
                room.room().enterWait(),
                Room.Mode.OPEN,
                key,
                false);
    }

    private Gate greeting(String visitor) {
        return call -> {
            greetings.add(visitor);
            return Gate.PASS;
        };
    }

    private Backend watched(Backend backend) {
        return proxy(Backend.class, backend);
    }

    /** Notes what the store is asked; while it is away it does not answer. */
    private <T> T proxy(Class<T> type, T real) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (type == RoomStore.class) {
                        storeCalls.add(method.getName());
                        if (away) {
                            return CompletableFuture.failedFuture(new IllegalArgumentException("The store is away"));
                        }
                    }
                    try {
                        Object answer = method.invoke(real, arguments);
                        return answer instanceof RoomStore store ? proxy(RoomStore.class, store) : answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    private Optional<HttpAnswer> enter(FakeCall call) {
        return gate.enter(call).toCompletableFuture().join();
    }

    private HttpAnswer refused(FakeCall call) {
        return enter(call).orElseThrow();
    }

    private FakeCall joined() {
        FakeCall first = FakeCall.ofBrowser("GET", "en");
        assertThat(refused(first).status()).isEqualTo(202);
        time.advance(REFRESH);
        return first.next();
    }

    @Test
    void waitsWithoutACallOfTheStore() {
        FakeCall call = joined();
        storeCalls.clear();
        for (int reload = 0; reload < 10; reload++) {
            assertThat(refused(call).body()).contains("data-sluice=\"position\">1<");
            call = call.next();
        }
        assertThat(storeCalls).isEmpty();
    }

    @Test
    void entersByTheTicketWhenCalled() {
        FakeCall call = joined();
        room.configure(1, Room.Mode.OPEN);
        time.advance(REFRESH);
        assertThat(enter(call)).isEmpty();
        assertThat(call.responseHeaders()).containsKey("Sluice-Pass");
        assertThat(enter(call.next())).as("inside, by the pass").isEmpty();
    }

    private FakeCall inside() {
        room.configure(1, Room.Mode.OPEN);
        FakeCall call = FakeCall.ofBrowser("GET", "en");
        assertThat(enter(call)).isEmpty();
        return call;
    }

    @Test
    void isAskedOnceInARequest() {
        enter(inside());
        assertThat(decisions).hasSize(1);
    }

    @Test
    void isDoneIfTheServiceSaysSoWhateverTheStatus() {
        FakeCall call = inside();
        Passage passage = Passage.of(call);
        assertThat(passage.leaves(false, 200)).isFalse();
        passage.leaveRooms(call, false, 200);
        assertThat(left).isEmpty();
        assertThat(passage.leaves(true, 500)).isTrue();
        passage.leaveRooms(call, true, 500);
        assertThat(left).containsExactly(Standing.State.USED);
    }

    @ParameterizedTest
    @CsvSource({"200, true", "399, true", "400, false", "500, false"})
    void isDoneOnceWithASuccessOfACallThatReleasesThePlace(int status, boolean isSuccess) {
        FakeCall call = inside();
        gate.leavingOnSuccess().enter(call);
        gate.leavingOnSuccess().enter(call);
        Passage passage = Passage.of(call);
        assertThat(passage.leaves(false, status)).isEqualTo(isSuccess);
        passage.leaveRooms(call, false, status);
        assertThat(left).hasSize(isSuccess ? 1 : 0);
        assertThat(passage.leaves(false, status)).isFalse();
    }

    @Test
    void isNotDoneWithACallThatOnlyShowsAPage() {
        FakeCall call = inside();
        gate.leavingOnSuccess().enter(call);
        Passage.of(call).isRefused();
        assertThat(Passage.of(call).leaves(false, 200)).isFalse();
    }

    @Test
    void answerGoesOutThoughThePlaceCannotBeFreed() {
        FakeCall call = inside();
        away = true;
        assertThat(Passage.of(call).leaveRooms(call, true, 200).toCompletableFuture())
                .isCompletedWithValue(null);
    }

    private FakeCall calledWithoutAFreePlace() {
        FakeCall call = joined();
        room.configure(1, Room.Mode.OPEN);
        time.advance(REFRESH);
        room.configure(0, Room.Mode.OPEN);
        return call;
    }

    @Test
    void isToldThatItIsItsTurnWhileNoPlaceIsFree() {
        FakeCall call = calledWithoutAFreePlace();
        CompletableFuture<Optional<HttpAnswer>> held = gate.enter(call).toCompletableFuture();
        assertThat(held).isNotDone();
        time.advance(Duration.ofSeconds(11));
        HttpAnswer page = held.join().orElseThrow();
        assertThat(page.status()).isEqualTo(202);
        assertThat(page.body()).contains("data-state=\"ready\"");
        assertThat(holds).as("the first visit was answered at once").containsExactly(GateObserver.Outcome.REFUSED);
        assertThat(decisions).containsExactly(GateObserver.Outcome.REFUSED, GateObserver.Outcome.REFUSED);
    }

    @Test
    void getsNoPlaceOnceItHasHungUp() {
        FakeCall call = calledWithoutAFreePlace();
        assertThat(gate.enter(call).toCompletableFuture()).isNotDone();
        Passage.of(call).end();
        assertThat(abandonedHolds).isOne();
        assertThat(holds).isEmpty();
        room.configure(1, Room.Mode.OPEN);
        time.advance(REFRESH.multipliedBy(2));
        assertThat(room.status(tokenOf(call)).state()).isEqualTo(Standing.State.READY);
    }

    private static String tokenOf(FakeCall call) {
        return Objects.requireNonNull(call.cookies().get("__Host-sluice-sale")).replaceFirst("^.*~", "");
    }

    @Test
    void getsANewPlaceWhenItsOwnIsGone() {
        FakeCall call = calledWithoutAFreePlace();
        refusedAfter(call, Duration.ofMinutes(5));
        FakeCall again = call.next();
        assertThat(refused(again).body()).contains("data-state=\"queued\"").contains("data-sluice=\"position\">1<");
        assertThat(again.responseHeaders().get("Set-Cookie")).contains("Max-Age=86400");
        assertThat(greetings).hasSize(3).element(1).asString().startsWith("r:");
        assertThat(greetings).startsWith("nameless").endsWith("nameless");
    }

    private void refusedAfter(FakeCall call, Duration wait) {
        CompletableFuture<Optional<HttpAnswer>> held = gate.enter(call).toCompletableFuture();
        time.advance(wait);
        assertThat(held.join()).isPresent();
    }

    @Test
    void isGreetedByHowItsNameIsKnownAndOnlyBeforeItTakesAPlace() {
        FakeCall call = joined();
        assertThat(storeCalls).as("nobody looks for a newcomer").doesNotContain("find");
        refused(call);
        assertThat(greetings).containsExactly("nameless");
        greetings.clear();
        room.configure(1, Room.Mode.OPEN);
        room.join("p:eve");
        room.callAsync("p:eve");
        room.admit("p:eve");
        assertThat(enter(FakeCall.ofBrowser("GET", "en").loggedIn("eve"))).isEmpty();
        FakeCall ann = FakeCall.ofBrowser("GET", "en").loggedIn("ann");
        refused(ann);
        gate.release(ann).toCompletableFuture().join();
        refused(ann.next());
        assertThat(greetings).containsExactly("p:ann", "p:ann");
        greetings.clear();
        gate.redefine(new RoomGate.Definition(asks -> "h:ben", properties("header:X-User")));
        refused(FakeCall.ofBrowser("GET", "en"));
        assertThat(greetings).containsExactly("keyed");
    }

    @Test
    void keepsThePlaceWhileTheStoreIsAway() {
        FakeCall call = joined();
        away = true;
        time.advance(Duration.ofSeconds(1));
        HttpAnswer page = refused(call);
        assertThat(page.status()).isEqualTo(202);
        assertThat(page.body()).contains("data-state=\"holding\"");
        away = false;
        time.advance(REFRESH);
        assertThat(refused(call.next()).body()).contains("data-state=\"queued\"");
    }

    @Test
    void keepsThePlaceWhenTheStoreGoesAwayAtTheDoor() {
        FakeCall call = calledWithoutAFreePlace();
        CompletableFuture<Optional<HttpAnswer>> held = gate.enter(call).toCompletableFuture();
        away = true;
        time.advance(Duration.ofSeconds(11));
        assertThat(held.join().orElseThrow().body()).contains("data-state=\"holding\"");
    }

    @Test
    void isAskedToHoldOnWhenItComesWhileTheStoreIsAway() {
        away = true;
        HttpAnswer page = refused(FakeCall.ofBrowser("GET", "en"));
        assertThat(page.status()).isEqualTo(503);
        assertThat(page.headers()).containsEntry("Retry-After", "2");
        assertThat(page.body())
                .contains("data-state=\"joining\"")
                .contains("<h1 data-sluice=\"title\">Please hold on</h1>");
    }

    @Test
    void isNotLetInWithTheTicketOfAnother() {
        FakeCall ann = joined();
        FakeCall thief = FakeCall.ofBrowser("GET", "en");
        ann.cookies().forEach((name, value) -> thief.cookies().put(name, value.replaceFirst("^.*~", "other~")));
        assertThat(refused(thief).body()).contains("data-sluice=\"position\">2<");
    }

    private void shadow() {
        gate.redefine(new RoomGate.Definition(null, properties.withShadow(true)));
    }

    private void assertPassesMarked(FakeCall call) {
        CompletableFuture<Optional<HttpAnswer>> entered = gate.enter(call).toCompletableFuture();
        assertThat(entered).isCompletedWithValue(Optional.empty());
        assertThat(call.responseHeaders()).containsEntry("Sluice-Shadow", "\"sale\";kind=room");
    }

    @Test
    void inShadowModeDoesNotWaitForAPlaceWhenCalled() {
        FakeCall call = calledWithoutAFreePlace();
        shadow();
        assertPassesMarked(call);
        room.configure(1, Room.Mode.OPEN);
        time.advance(REFRESH);
        assertThat(call.responseHeaders()).as("the request is over").doesNotContainKey("Sluice-Pass");
        FakeCall next = call.next();
        assertThat(enter(next)).isEmpty();
        assertThat(next.responseHeaders()).doesNotContainKey("Sluice-Shadow").containsKey("Sluice-Pass");
        assertThat(decisions)
                .containsExactly(
                        GateObserver.Outcome.REFUSED, GateObserver.Outcome.SHADOWED, GateObserver.Outcome.ALLOWED);
    }

    @Test
    void inShadowModeDoesNotWaitForAStoreThatIsAway() {
        FakeCall call = joined();
        shadow();
        away = true;
        time.advance(Duration.ofSeconds(1));
        assertPassesMarked(call);
        FakeCall stranger = FakeCall.ofBrowser("GET", "en");
        stranger.cookies().put("__Host-sluice-sale", "someone~garbled");
        assertPassesMarked(stranger);
        assertPassesMarked(FakeCall.ofBrowser("GET", "en"));
    }

    @Test
    void inShadowModeACallOfABeanDoesNotWaitForAStoreThatIsAway() {
        shadow();
        away = true;
        assertThat(gate.admit("p:ann").toCompletableFuture()).isCompleted();
        assertThat(decisions).containsExactly(GateObserver.Outcome.SHADOWED);
    }

    @Test
    void keepsItsPlaceInTheQueueWithALogin() {
        FakeCall call = joined().loggedIn("ann");
        assertThat(refused(call).body()).contains("data-sluice=\"position\">1<");
        room.configure(1, Room.Mode.OPEN);
        time.advance(REFRESH);
        FakeCall called = call.next();
        assertThat(enter(called)).isEmpty();
        storeCalls.clear();
        FakeCall inside = called.next();
        assertThat(enter(inside)).isEmpty();
        assertThat(storeCalls).as("inside, by the pass").isEmpty();
        gate.release(inside).toCompletableFuture().join();
        assertThat(inside.responseHeaders().get("Set-Cookie")).contains("Max-Age=0");
        assertThat(left).containsExactly(Standing.State.USED);
        time.advance(REFRESH);
        assertThat(enter(FakeCall.ofBrowser("GET", "en")))
                .as("the place is free")
                .isEmpty();
    }

    @Test
    void isThePrincipalWithoutAPlaceFromBeforeTheLogin() {
        FakeCall call = FakeCall.ofBrowser("GET", "en").loggedIn("ann");
        call.cookies().put("__Host-sluice-sale", "someone~garbled");
        assertThat(gate.visitors().of(call).name()).isEqualTo("p:ann");
    }

    @Test
    void readsThatTheRoomIsClosed() {
        room.configure(0, Room.Mode.CLOSED);
        HttpAnswer page = refused(FakeCall.ofBrowser("GET", "en"));
        assertThat(page.status()).isEqualTo(503);
        assertThat(page.headers()).containsEntry("Retry-After", "30");
        assertThat(page.body()).contains("<h1>Closed for now</h1>");
    }

    private static FakeCall sentByAnotherSite() {
        Map<String, String> headers =
                Map.of("Accept", "text/html", "Accept-Language", "en", "Sec-Fetch-Site", "cross-site");
        return new FakeCall("POST", headers, new HashMap<>(), new HashMap<>(), new HashMap<>(), null);
    }

    @Test
    void readsThatAnotherSiteCannotSendWhoHasACookie() {
        storeCalls.clear();
        FakeCall call = sentByAnotherSite();
        HttpAnswer page = refused(call);
        assertThat(page.status()).isEqualTo(403);
        assertThat(page.body()).contains("<h1>Please come in from here</h1>");
        assertThat(call.responseHeaders()).isEmpty();
        assertThat(storeCalls).isEmpty();
    }

    @Test
    void inShadowModeGetsNoPlaceByACallOfAnotherSite() {
        shadow();
        storeCalls.clear();
        FakeCall call = sentByAnotherSite();
        assertPassesMarked(call);
        assertThat(call.responseHeaders()).doesNotContainKey("Set-Cookie");
        assertThat(storeCalls).isEmpty();
    }

    @Test
    void keepsTheCookieThatTheBrowserKeepsBack() {
        FakeCall call = sentByAnotherSite();
        gate.release(call).toCompletableFuture().join();
        assertThat(call.responseHeaders()).isEmpty();
    }

    @Test
    void canBeDoneWithoutACookieIfItsNameIsKnown() {
        room.configure(1, Room.Mode.OPEN);
        room.admit("p:ann");
        gate.release(sentByAnotherSite().loggedIn("ann")).toCompletableFuture().join();
        assertThat(left).containsExactly(Standing.State.USED);
    }
}
