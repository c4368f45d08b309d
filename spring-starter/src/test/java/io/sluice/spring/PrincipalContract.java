package io.sluice.spring;

import static io.sluice.spring.Http.json;
import static io.sluice.spring.Http.withCookies;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.Guard;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;

/** With Spring Security the callers are its principals, on every web stack, over a real port. */
abstract class PrincipalContract extends WebFixture {

    static final UserDetails ANN =
            User.withUsername("ann").password("{noop}ann").build();
    static final UserDetails BOB =
            User.withUsername("bob").password("{noop}bob").build();

    /** Where nobody has to sign in. */
    static final String[] OPEN = {"/queue/**", "/open/**"};

    private static final String JOIN = "{\"eventId\":\"sale\"}";

    PrincipalContract(WebStack stack) {
        super(stack);
    }

    /** Returns a path with the limit {@code per-user} that is met behind Spring Security, wherever filters are. */
    abstract String limitedBehindSecurity();

    @BeforeEach
    void protect() {
        properties.put("sluice.limits.per-user.rate", "1/1s");
        properties.put("sluice.rooms.sale.capacity", "1");
        properties.put("sluice.guards.shop.limit", "1");
        routed("/filtered", "RateLimited=per-user");
        routed("/sale", "WaitingRoom=sale");
        routed("/open/filtered", "RateLimited=per-user");
        routed("/open/sale", "WaitingRoom=sale");
        routed("/slow/**");
    }

    @Override
    HttpRequest.Builder to(String path, String user) {
        String credentials = Base64.getEncoder().encodeToString((user + ':' + user).getBytes(StandardCharsets.UTF_8));
        return super.to(path, "Basic " + credentials);
    }

    void assertEachPrincipalHasALimit(String path) {
        assertThat(get(path, "ann").statusCode()).isEqualTo(200);
        assertThat(get(path, "bob").statusCode()).isEqualTo(200);
        assertThat(get(path, "ann").statusCode()).isEqualTo(429);
        time.advance(Duration.ofSeconds(1));
        assertThat(get(path, "ann").statusCode()).isEqualTo(200);
    }

    @Test
    void eachPrincipalHasALimitOfItsOwn() {
        assertEachPrincipalHasALimit("/filtered");
    }

    @Test
    void eachPrincipalIsAVisitorWithoutAnyCookie() {
        assertThat(get("/sale", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/sale", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/sale", "bob").statusCode()).isEqualTo(429);
        HttpResponse<String> first = post("/queue/enqueue", "bob", JOIN);
        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(json(post("/queue/enqueue", "bob", JOIN)).get("ticketId"))
                .isEqualTo(json(first).get("ticketId"));
    }

    @Test
    void aPrincipalMayJoinAFewTimes() {
        properties.put("sluice.limits.waiting-room-rejoins.rate", "2/1m");
        properties.put("sluice.rooms.other.capacity", "1");
        stack.filter(properties, Map.of("path", "/sale", "room", "other"));
        assertThat(get("/sale", "ann").statusCode()).as("into two rooms").isEqualTo(200);
        assertThat(post("/queue/enqueue", "ann", JOIN).statusCode()).isEqualTo(201);
        HttpResponse<String> refused = post("/queue/enqueue", "ann", JOIN);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(json(refused).get("violated-policies").get(0).stringValue()).isEqualTo("waiting-room-rejoins");
        assertThat(get("/sale", "ann").statusCode()).as("inside").isEqualTo(200);
        assertThat(post("/queue/enqueue", "bob", JOIN).statusCode()).isEqualTo(201);
        time.advance(Duration.ofSeconds(30));
        assertThat(post("/queue/enqueue", "ann", JOIN).statusCode()).isEqualTo(201);
    }

    @Test
    void aTicketIsOfNoUseToAnotherPrincipal() {
        String ticket =
                json(post("/queue/enqueue", "bob", JOIN)).get("ticketId").stringValue();
        time.advance(REFRESH);
        String gateToken = json(send(to("/queue/status?ticketId=" + ticket)))
                .get("gateToken")
                .stringValue();
        String body = WebContract.entering(ticket, gateToken);
        assertThat(post("/queue/enter", "ann", body).statusCode()).isEqualTo(403);
        assertThat(post("/queue/enter", "bob", body).statusCode()).isEqualTo(201);
        assertThat(get("/sale", "bob").statusCode()).isEqualTo(200);
    }

    @Test
    void whoIsNotKnownDoesNotGetAsFarAsALimit() {
        assertThat(get("/filtered", "eve").statusCode()).isEqualTo(401);
        assertThat(service.calls()).isEmpty();
    }

    @Test
    void whoeverIsAnonymousIsCountedByAddress() {
        properties.put("sluice.trusted-proxies", "127.0.0.1");
        assertThat(anonymous("203.0.113.7")).isEqualTo(200);
        assertThat(anonymous("203.0.113.8")).isEqualTo(200);
        assertThat(anonymous("203.0.113.7")).isEqualTo(429);
    }

    private int anonymous(String address) {
        return send(to("/open/filtered").header("X-Forwarded-For", address)).statusCode();
    }

    @Test
    void whoeverIsAnonymousIsAVisitorByCookieAndNotByAddress() {
        HttpResponse<String> first = send(to("/open/sale"));
        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(send(to("/open/sale")).statusCode()).isEqualTo(429);
        assertThat(send(withCookies(to("/open/sale"), first)).statusCode()).isEqualTo(200);
    }

    @Test
    void whoeverWasAnonymousKeepsThePlaceWithALogin() {
        HttpResponse<String> first = send(to("/open/sale"));
        assertThat(send(withCookies(to("/sale", "ann"), first)).statusCode()).isEqualTo(200);
        assertThat(get("/sale", "bob").statusCode()).isEqualTo(429);
    }

    @Test
    void aRoomHasItsWayInThroughSpringSecurity() {
        assertThat(get("/sale", "ann").statusCode()).isEqualTo(200);
        HttpResponse<String> joined = send(to("/queue/enqueue").POST(HttpRequest.BodyPublishers.ofString(JOIN)));
        assertThat(joined.statusCode()).isEqualTo(201);
        String ticket = json(joined).get("ticketId").stringValue();
        assertThat(send(to("/queue/status?ticketId=" + ticket)).statusCode()).isEqualTo(200);
        assertThat(send(to("/queue/tickets/" + ticket).DELETE()).statusCode()).isEqualTo(204);
        assertThat(send(to("/sale")).statusCode()).isEqualTo(401);
    }

    @Test
    void passwordsAreCheckedBeforeFilters() {
        limitAttempts();
        assertThat(get("/login", "eve").statusCode()).isEqualTo(401);
        assertThat(get("/login", "eve").statusCode()).isEqualTo(401);
    }

    @Test
    void passwordsAreCheckedBehindFiltersWhereConfigured() {
        limitAttempts();
        properties.put("sluice.filter-order", "-110");
        assertThat(get("/login", "eve").statusCode()).isEqualTo(401);
        assertThat(get("/login", "eve").statusCode()).isEqualTo(429);
        assertEachPrincipalHasALimit(limitedBehindSecurity());
    }

    @Test
    void passwordsAreCheckedOfWhoeverWasHeldBeforeThem() {
        properties.put("sluice.filter-order", "-110");
        stack.filter(properties, Map.of("path", "/slow/**", "guard", "shop"));
        assertThat(held(to("/slow/2", "ann")).statusCode()).isEqualTo(200);
        assertThat(send(to("/slow/3", "eve")).statusCode()).isEqualTo(401);
    }

    /** Returns the answer to a call that has to wait for another one. */
    HttpResponse<String> held(HttpRequest.Builder call) {
        CompletableFuture<HttpResponse<String>> first = underWay("/slow/1", "bob");
        CompletableFuture<HttpResponse<String>> second = sendAsync(call);
        Guard guard = app().bean(HttpGate.class).guard("shop").guard();
        await().until(() -> guard.waiting() == 1);
        service.open();
        assertThat(first.join().statusCode()).isEqualTo(200);
        return second.join();
    }

    private void limitAttempts() {
        properties.put("sluice.limits.attempts.rate", "1/1m");
        properties.put("sluice.limits.attempts.key", "address");
        stack.filter(properties, Map.of("path", "/login", "limit", "attempts"));
    }
}
