package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ShopTest {

    private final VirtualTimeline timeline = new VirtualTimeline();
    private final Shop shop = new Shop(ShopModel.withCallMillis(0.4, 500), new PodShape(1, 1), timeline, new Random(1));

    @Test
    void theWholeJourneyWorksOnAnIdleShop() {
        shop.start();
        String token = field(post("/auth/login", "", Map.of("email", "u")), 201, "accessToken");
        String ticket = field(post("/queue/enqueue", token, Map.of("eventId", "event-1")), 201, "ticketId");
        timeline.advanceSeconds(2);
        ShopReply ready = get("/queue/status", token, Map.of("ticketId", ticket));
        String gateToken = field(ready, 200, "gateToken");
        assertThat(ready.body()).containsEntry("state", "READY");
        Map<String, String> entry = Map.of("ticketId", ticket, "gateToken", gateToken);
        assertThat(post("/queue/enter", token, entry).status()).isEqualTo(201);
        assertThat(get("/events/event-1", "", Map.of()).status()).isEqualTo(200);
        String order = field(post("/orders", token, Map.of()), 201, "orderId");
        String payment = field(post("/payments", token, Map.of("orderId", order)), 201, "paymentId");
        ShopReply paid = post("/payments/callback", token, Map.of("paymentId", payment));
        assertThat(paid.status()).isEqualTo(201);
        assertThat(paid.releasesPlace()).isTrue();
        assertThat(get("/orders/" + order, token, Map.of()).status()).isEqualTo(200);
        assertThat(shop.callsWith(token)).isEqualTo(7);
    }

    @Test
    void withoutATokenOnlyLoginEventsAndQueueStatusAreAnswered() {
        assertThat(post("/queue/enqueue", "ERROR", Map.of()).status()).isEqualTo(401);
        assertThat(post("/queue/enter", "", Map.of()).status()).isEqualTo(401);
        assertThat(post("/orders", "ERROR", Map.of()).status()).isEqualTo(401);
        assertThat(post("/payments", "ERROR", Map.of()).status()).isEqualTo(401);
        assertThat(post("/payments/callback", "ERROR", Map.of()).status()).isEqualTo(401);
        assertThat(get("/orders/o-1", "ERROR", Map.of()).status()).isEqualTo(401);
        assertThat(get("/queue/status", "ERROR", Map.of("ticketId", "ERROR")).status())
                .isEqualTo(404);
    }

    @Test
    void whatAnEarlierStepDidNotBringIsNotFound() {
        String token = field(post("/auth/login", "", Map.of("email", "u")), 201, "accessToken");

        assertThat(post("/payments", token, Map.of("orderId", "ERROR")).status())
                .isEqualTo(404);
        assertThat(post("/payments/callback", token, Map.of("paymentId", "ERROR"))
                        .status())
                .isEqualTo(404);
        assertThat(get("/orders/ERROR", token, Map.of()).status()).isEqualTo(404);
        assertThat(post("/queue/enter", token, Map.of("ticketId", "ERROR")).status())
                .isEqualTo(409);
    }

    @Test
    void nothingEnforcesTheGateForOrders() {
        String token = field(post("/auth/login", "", Map.of("email", "u")), 201, "accessToken");

        assertThat(post("/orders", token, Map.of()).status()).isEqualTo(201);
    }

    @Test
    void moreLoginsThanThePodCanDoCostItItsProbesThenItsLifeAndTheRestGets503() {
        shop.start();
        List<Integer> statuses = new ArrayList<>();
        for (int second = 0; second < 100; second++) {
            for (int login = 0; login < 15; login++) {
                shop.handle(request("POST", "/auth/login", "", Map.of()), reply -> statuses.add(reply.status()));
            }
            timeline.advanceSeconds(1);
        }
        timeline.advanceSeconds(100);

        assertThat(statuses).hasSize(1_500).contains(201, 502, 503);
        assertThat(shop.figures().count(PodEvent.Kind.UNREADY)).isPositive();
        assertThat(shop.figures().count(PodEvent.Kind.KILLED)).isPositive();
    }

    @Test
    void aSlowerStreamOfLoginsHarmsNobody() {
        shop.start();
        List<Integer> statuses = new ArrayList<>();
        for (int login = 0; login < 1_000; login++) {
            shop.handle(request("POST", "/auth/login", "", Map.of()), reply -> statuses.add(reply.status()));
            timeline.advanceMillis(110);
        }

        assertThat(statuses).hasSize(1_000).containsOnly(201);
        assertThat(shop.figures().events()).isEmpty();
    }

    private ShopReply post(String path, String token, Map<String, String> fields) {
        return call(request("POST", path, token, fields));
    }

    private ShopReply get(String path, String token, Map<String, String> fields) {
        return call(request("GET", path, token, fields));
    }

    private ShopReply call(ShopRequest request) {
        List<ShopReply> replies = new ArrayList<>();
        shop.handle(request, replies::add);
        timeline.advanceMillis(200);
        assertThat(replies).hasSize(1);
        return replies.get(0);
    }

    private static ShopRequest request(String method, String path, String token, Map<String, String> fields) {
        return new ShopRequest(method, path, token, fields);
    }

    private static String field(ShopReply reply, int status, String name) {
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.body()).containsKey(name);
        return String.valueOf(reply.body().get(name));
    }
}
