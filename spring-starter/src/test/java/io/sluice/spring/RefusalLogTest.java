package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import io.sluice.Room;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.cloud.gateway.filter.ratelimit.RedisRateLimiter;
import org.springframework.cloud.gateway.support.ConfigurationService;
import org.springframework.core.convert.ConversionService;
import org.springframework.validation.Validator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The reason of each refusal, as the log has it at debug level: in one line, without a key, a ticket or a pass. */
class RefusalLogTest {

    private final Logger logger = (Logger) LoggerFactory.getLogger(RefusalLogTest.class.getPackageName());
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final ManualTime time = new ManualTime();
    private final LocalBackend backend = LocalBackend.create(time);
    private final HttpGate gates = Configured.gates(
            Map.of(
                    "sluice.limits.known.rate", "1/1h",
                    "sluice.limits.known.anonymous", "refuse",
                    "sluice.rooms.sale.capacity", "0",
                    "sluice.rooms.shut.capacity", "1",
                    "sluice.rooms.shut.mode", "closed",
                    "sluice.rooms.rehearsal.capacity", "1",
                    "sluice.rooms.rehearsal.mode", "closed",
                    "sluice.rooms.rehearsal.shadow", "true"),
            backend);
    private final QueueEndpoints endpoints = new QueueEndpoints(gates);

    @BeforeEach
    void listen() {
        lines.start();
        logger.setLevel(Level.DEBUG);
        logger.addAppender(lines);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(lines);
        logger.setLevel(null);
        backend.close();
    }

    private void assertLogged(String... messages) {
        assertThat(lines.list).extracting(ILoggingEvent::getLevel).containsOnly(Level.DEBUG);
        assertThat(lines.list).extracting(ILoggingEvent::getFormattedMessage).containsExactly(messages);
    }

    private static FakeCall callOf(String user) {
        return FakeCall.ofBrowser("GET", "en").loggedIn(user);
    }

    private Optional<HttpAnswer> enter(String room, FakeCall call) {
        return gates.room(room).enter(call).toCompletableFuture().join();
    }

    private void callBean(@Nullable String user, MethodRules rules) {
        Entry.begin(new BeanCall(rules, List.of(), user, null));
    }

    private MethodRules inside(String room) {
        MethodRules.RoomRule rule = new MethodRules.RoomRule(gates.room(room), null);
        return new MethodRules(void.class, List.of(), List.of(), List.of(rule), List.of(), List.of());
    }

    private JsonNode join(String user, String room) {
        String body = "{\"eventId\": \"%s\"}".formatted(room);
        return json(endpoints.enqueue(callOf(user), body).toCompletableFuture().join());
    }

    private static JsonNode json(HttpAnswer answer) {
        return JsonMapper.shared().readTree(answer.body());
    }

    private HttpAnswer enter(String user, String ticketId, String gateToken) {
        String body = "{\"ticketId\": \"%s\", \"gateToken\": \"%s\"}".formatted(ticketId, gateToken);
        return endpoints.enter(callOf(user), body).toCompletableFuture().join();
    }

    @ParameterizedTest
    @ValueSource(strings = {"shut", "rehearsal"})
    void roomIsClosed(String room) {
        String line = "Not admitted: room=" + room + " reason=CLOSED";
        enter(room, callOf("ann"));
        assertLogged(line);
        callBean("ann", inside(room));
        assertLogged(line, line);
        join("ann", room);
        assertLogged(line, line, line);
    }

    @Test
    void noPlaceIsFreeForWhoComesOrComesBackOrCallsABean() {
        String line = "No place free: room=sale state=QUEUED";
        FakeCall first = callOf("ann");
        assertThat(enter("sale", first)).isPresent();
        assertLogged(line);
        assertThat(enter("sale", first.next())).isPresent();
        assertLogged(line, line);
        callBean("ben", inside("sale"));
        assertLogged(line, line, line);
    }

    @Test
    void callerOfABeanIsUnknown() {
        MethodRules.LimitRule limit = new MethodRules.LimitRule(gates.limit("known"), null, 1);
        callBean(null, new MethodRules(void.class, List.of(), List.of(limit), List.of(), List.of(), List.of()));
        callBean(null, inside("sale"));
        assertLogged("Caller unknown: limit=known", "Caller unknown: room=sale");
    }

    @Test
    void anotherSiteHasSentTheRequest() {
        Map<String, String> headers = Map.of("Accept", "text/html", "Sec-Fetch-Site", "cross-site");
        enter("sale", new FakeCall("POST", headers, new HashMap<>(), new HashMap<>(), new HashMap<>(), null));
        assertLogged("Sent by another site: room=sale");
    }

    @Test
    void requestIsMalformed() {
        endpoints.enqueue(callOf("ann"), "ann's");
        endpoints.status(null);
        endpoints.enter(callOf("ann"), "{}");
        assertLogged(
                "Malformed request: endpoint=/enqueue",
                "Malformed request: endpoint=/status",
                "Malformed request: endpoint=/enter");
    }

    @Test
    void roomIsUnknown() {
        join("ann", "concert");
        assertLogged("Unknown room: endpoint=/enqueue");
    }

    @Test
    void ticketIsOfNoRoom() {
        endpoints.status("garbled");
        enter("ann", "garbled", "garbled");
        endpoints.leave("garbled");
        assertLogged(
                "Ticket of no room: endpoint=/status",
                "Ticket of no room: endpoint=/enter",
                "Ticket of no room: endpoint=/tickets/{ticketId}");
    }

    @Test
    void ticketIsForeignOrTheGateTokenIsNoneOrNoLongerGood() {
        String ticketId = join("ann", "sale").get("ticketId").stringValue();
        gates.room("sale").room().configure(1, Room.Mode.OPEN);
        time.advance(Duration.ofMillis(200));
        String gateToken = Objects.requireNonNull(
                        json(endpoints.status(ticketId).toCompletableFuture().join())
                                .get("gateToken"))
                .stringValue();
        enter("ben", ticketId, gateToken);
        enter("ann", ticketId, "garbled");
        time.advance(Duration.ofMinutes(5));
        enter("ann", ticketId, gateToken);
        assertLogged(
                "Not admitted: room=sale reason=FOREIGN_TICKET",
                "Not admitted: room=sale reason=INVALID_TOKEN",
                "Not admitted: room=sale reason=NOT_READY");
    }

    @Test
    void gatewaysOwnFilterRefuses() {
        StaticListableBeanFactory beans = new StaticListableBeanFactory();
        GatewayRateLimiter limiter = new GatewayRateLimiter(
                backend,
                new GatewayRateLimiter.Headers(false, "", "", "", ""),
                new ConfigurationService(
                        beans, beans.getBeanProvider(ConversionService.class), beans.getBeanProvider(Validator.class)));
        for (int permits : new int[] {1, 2}) {
            RedisRateLimiter.Config config = new RedisRateLimiter.Config()
                    .setReplenishRate(1)
                    .setBurstCapacity(1)
                    .setRequestedTokens(permits);
            limiter.getConfig().put("costs-" + permits, config);
        }
        limiter.isAllowed("costs-1", "ann").block();
        limiter.isAllowed("costs-1", "ann").block();
        limiter.isAllowed("costs-2", "ann").block();
        assertLogged(
                "Over the limit: limit=gateway-1-1 caller=%s permits=1 source=STORE retryAfterMs=1000"
                        .formatted(CallerTag.of("costs-1\nann")),
                "No call can pass: route=costs-2 permits=2 burst=1");
    }
}
