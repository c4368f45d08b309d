package io.sluice.spring;

import static io.sluice.spring.Http.cookies;
import static io.sluice.spring.Http.header;
import static io.sluice.spring.Http.json;
import static io.sluice.spring.Http.problem;
import static io.sluice.spring.Http.withCookies;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.handler.codec.http.cookie.CookieHeaderNames;
import io.netty.handler.codec.http.cookie.DefaultCookie;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The endpoints of the waiting rooms. */
abstract class QueueContract extends WebContract {

    QueueContract(WebStack stack) {
        super(stack);
    }

    @Test
    void leadsFromJoiningToBeingInside() {
        routed("/orders/**", "WaitingRoom=sale");
        started();
        HttpResponse<String> joined = post("/queue/enqueue", "ann", "{\"eventId\": \"sale\"}");
        assertThat(joined.statusCode()).isEqualTo(201);
        assertThat(header(joined, "Cache-Control")).isEqualTo("no-store");
        time.advance(REFRESH);
        String ticket = json(joined).get("ticketId").stringValue();
        assertThat(ticket).hasSizeLessThanOrEqualTo(200).matches("[A-Za-z0-9_-]+");
        assertThat(status(ticket).get("state").stringValue()).isEqualTo("READY");
        HttpResponse<String> entered = enter("ann", ticket);
        assertThat(entered.statusCode()).isEqualTo(201);
        assertThat(json(entered).get("status").stringValue()).isEqualTo("entered");
        DefaultCookie cookie = Objects.requireNonNull(cookies(entered).get("sluice-sale"));
        assertThat(cookie.value()).isEqualTo(header(entered, "Sluice-Pass"));
        assertThat(cookie.isHttpOnly()).isTrue();
        assertThat(cookie.isSecure()).isFalse();
        assertThat(cookie.sameSite()).isEqualTo(CookieHeaderNames.SameSite.Lax);
        assertThat(cookie.path()).isEqualTo("/");
        assertThat(get("/orders/1", "ann").statusCode()).isEqualTo(200);
        assertThat(status(ticket).get("state").stringValue()).isEqualTo("USED");
    }

    @Test
    void showsWhoWaitsThePlaceAndWhenToAskAgain() {
        started();
        enter("ann", enqueued("ann"));
        enqueued("ben");
        JsonNode standing = status(enqueued("cem"));
        assertThat(standing.get("state").stringValue()).isEqualTo("QUEUED");
        assertThat(standing.get("position").intValue()).isEqualTo(2);
        assertThat(standing.get("pollAfterMs").intValue()).isBetween(400, 15_000);
        assertThat(standing.get("holding").booleanValue()).isFalse();
        assertThat(standing.has("gateToken")).isFalse();
    }

    @Test
    void answersEnterAgainWithTheSamePass() {
        started();
        String ticket = enqueued("ann");
        String gateToken = status(ticket).get("gateToken").stringValue();
        String body = entering(ticket, gateToken);
        HttpResponse<String> first = post("/queue/enter", "ann", body);
        HttpResponse<String> second = post("/queue/enter", "ann", body);
        assertThat(second.statusCode()).isEqualTo(201);
        assertThat(second.body()).isEqualTo(first.body());
    }

    @Test
    void refusesAnotherVisitorsTicket() {
        started();
        assertThat(enter("ben", enqueued("ann")).statusCode()).isEqualTo(403);
    }

    @Test
    void refusesToEnterWhoIsNotReady() {
        started();
        String ann = enqueued("ann");
        String gateToken = status(ann).get("gateToken").stringValue();
        time.advance(Duration.ofMinutes(2));
        HttpResponse<String> late = enter("ann", ann, gateToken);
        assertThat(late.statusCode()).isEqualTo(409);
        assertThat(json(late).get("state").stringValue()).isEqualTo("EXPIRED");
    }

    @Test
    void holdsEnterUntilAPlaceIsFree() {
        properties.put("sluice.rooms.sale.capacity", "2");
        started();
        String ann = enqueued("ann");
        String ben = enqueued("ben");
        String gateToken = calledForAPlaceThatIsTaken(ann, ben);
        CompletableFuture<HttpResponse<String>> held = sendAsync(
                to("/queue/enter", "ben").POST(HttpRequest.BodyPublishers.ofString(entering(ben, gateToken))));
        await().until(() -> time.scheduled().size() > 1);
        assertThat(held).isNotDone();
        send(to("/queue/tickets/" + ann).DELETE());
        await().until(() -> {
            time.advance(REFRESH);
            return held.isDone();
        });
        assertThat(held.join().statusCode()).isEqualTo(201);
    }

    /** Fills a room of two with ann and cem when ben has been called, and returns ben's gate token. */
    private String calledForAPlaceThatIsTaken(String ann, String ben) {
        String gateToken = status(ben).get("gateToken").stringValue();
        enter("ann", ann);
        // Not heard from for a while, so somebody else is called for the place that ben was called for.
        time.advance(Duration.ofSeconds(5));
        enter("cem", enqueued("cem"));
        return gateToken;
    }

    @Test
    void takesNoPlaceForAVisitorWhoHungUpWhileEnterWasHeld() throws IOException {
        assertTakesNoPlaceAfterHangingUp((ticket, gateToken) -> {
            String body = entering(ticket, gateToken);
            return "POST /queue/enter HTTP/1.1\r\nHost: localhost\r\nAuthorization: ben\r\nContent-Length: "
                    + body.length() + "\r\n\r\n" + body;
        });
    }

    @Test
    void takesNoPlaceForAVisitorWhoHungUpWhileACallWasHeld() throws IOException {
        assertTakesNoPlaceAfterHangingUp((ticket, gateToken) ->
                "GET /orders/1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: ben\r\nCookie: sluice-sale=" + ticket
                        + "\r\n\r\n");
    }

    /** Has ben wait for a place, by a request made of ticket and gate token, and frees one when ben has hung up. */
    private void assertTakesNoPlaceAfterHangingUp(BinaryOperator<String> request) throws IOException {
        properties.put("sluice.rooms.sale.capacity", "2");
        properties.put("sluice.rooms.sale.enter-wait", "5m");
        routed("/orders/**", "WaitingRoom=sale");
        started();
        String ann = enqueued("ann");
        String ben = enqueued("ben");
        String gateToken = calledForAPlaceThatIsTaken(ann, ben);
        int scheduled = time.scheduled().size();
        Socket held = openWith(request.apply(ben, gateToken));
        await().until(() -> time.scheduled().size() > scheduled);
        held.close();
        if (stack.noticesHangUps()) {
            await("nobody knocks any more").until(() -> {
                time.advance(REFRESH);
                return time.scheduled().size() == scheduled;
            });
        }
        send(to("/queue/tickets/" + ann).DELETE());
        time.advance(REFRESH.multipliedBy(2));
        assertThat(status(ben).get("state").stringValue().equals("USED")).isNotEqualTo(stack.noticesHangUps());
    }

    @Test
    void givesUpAPlace() {
        started();
        String ticket = enqueued("ann");
        HttpResponse<String> left = send(to("/queue/tickets/" + ticket).DELETE());
        assertThat(left.statusCode()).isEqualTo(204);
        assertThat(status(ticket).get("state").stringValue()).isEqualTo("EXPIRED");
    }

    @Test
    void leavesItsPathAloneWhereThereAreNoRooms() {
        properties.keySet().removeIf(name -> name.startsWith("sluice.rooms."));
        routed("/queue/**");
        started();
        assertThat(get("/queue/status", "ann").statusCode()).isEqualTo(200);
        assertThat(service.calls()).containsExactly("GET /queue/status");
    }

    @Test
    void doesNotKnowInventedRooms() {
        started();
        HttpResponse<String> unknown = post("/queue/enqueue", "ann", "{\"eventId\": \"invented\"}");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(problem(unknown).get("type").stringValue()).endsWith("unknown-room");
    }

    @Test
    void answersWhatItCannotReadWith400() {
        started();
        for (String body : List.of("", "{", "[]", "null", "{}", "{\"eventId\": 7}", "x".repeat(1 << 20))) {
            assertThat(post("/queue/enqueue", "ann", body).statusCode()).isEqualTo(400);
            assertThat(post("/queue/enter", "ann", body).statusCode()).isEqualTo(400);
        }
        assertThat(send(to("/queue/status").GET()).statusCode()).isEqualTo(400);
    }

    @Test
    void readsAnySmallBodyHoweverTheApplicationReadsItsOwn() {
        properties.put("spring.http.codecs.max-in-memory-size", "8B");
        started();
        HttpRequest.Builder join =
                to("/queue/enqueue", "ann").POST(HttpRequest.BodyPublishers.ofString("{\"eventId\": \"sale\"}"));
        assertThat(send(join).statusCode()).isEqualTo(201);
        assertThat(send(join.setHeader("Content-Type", "garbage")).statusCode()).isEqualTo(201);
    }

    @Test
    void answersAQueryThatIsNotWellEncodedWith400() throws IOException {
        started();
        for (String ticket : List.of("%zz", "%", "%4")) {
            assertThat(sendRaw("GET /queue/status?ticketId=" + ticket
                            + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                    .startsWith("HTTP/1.1 400 ");
        }
    }

    @Test
    void answersAForgedTicketWith400() {
        started();
        String ticket = enqueued("ann");
        char other = ticket.charAt(30) == 'A' ? 'B' : 'A';
        String forged = ticket.substring(0, 30) + other + ticket.substring(31);
        for (String token : List.of(forged, "guess", ticket.substring(1))) {
            HttpResponse<String> refused =
                    send(to("/queue/status?ticketId=" + token).GET());
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(json(refused).get("type").stringValue()).endsWith("invalid-ticket");
        }
    }

    @Test
    void takesAFewNewcomersWithoutANameFromOneAddress() {
        properties.put("sluice.limits.waiting-room-joins.rate", "2/1m");
        routed("/orders/**", "WaitingRoom=sale");
        started();
        String join = "{\"eventId\": \"sale\"}";
        HttpRequest.Builder newcomer = to("/queue/enqueue").POST(HttpRequest.BodyPublishers.ofString(join));
        HttpResponse<String> first = send(newcomer);
        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(send(newcomer).statusCode()).isEqualTo(201);
        HttpResponse<String> refused = send(newcomer);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(problem(refused).get("violated-policies").get(0).stringValue())
                .isEqualTo("waiting-room-joins");
        assertThat(send(to("/orders/1").GET()).statusCode()).isEqualTo(429);
        assertThat(send(to("/orders/1")
                                .header("Cookie", "sluice-sale=invented~" + "x".repeat(80))
                                .GET())
                        .statusCode())
                .isEqualTo(429);
        assertThat(post("/queue/enqueue", "ann", join).statusCode())
                .as("somebody with a name")
                .isEqualTo(201);
        HttpRequest.Builder known =
                withCookies(to("/queue/enqueue").POST(HttpRequest.BodyPublishers.ofString(join)), first);
        assertThat(send(known).statusCode()).as("somebody who waits").isEqualTo(201);
    }

    @Test
    void isNotJoinedFromAnotherSiteWithoutTheCookie() {
        properties.put("sluice.rooms.sale.mode", "paused");
        started();
        HttpRequest.Builder own =
                to("/queue/enqueue").POST(HttpRequest.BodyPublishers.ofString("{\"eventId\": \"sale\"}"));
        HttpRequest.Builder form =
                own.copy().header("Content-Type", "text/plain").header("Sec-Fetch-Site", "cross-site");
        HttpResponse<String> refused = send(form);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(problem(refused).get("type").stringValue()).endsWith("cross-site");
        assertThat(header(refused, "Set-Cookie")).isEmpty();
        HttpResponse<String> joined = send(own);
        assertThat(joined.statusCode()).isEqualTo(201);
        time.advance(REFRESH);
        String ticket = json(joined).get("ticketId").stringValue();
        assertThat(status(ticket).get("position").intValue())
                .as("nobody is before")
                .isEqualTo(1);
        assertThat(send(withCookies(form, joined)).statusCode())
                .as("with the cookie")
                .isEqualTo(201);
    }

    @Test
    void takesAFewNewcomersUnderNamesOfTheirOwnFromOneAddress() {
        properties.put("sluice.limits.waiting-room-keyed-joins.rate", "3/1m");
        routed("/orders/**", "WaitingRoom=sale");
        started();
        for (int call = 0; call < 5; call++) {
            assertThat(get("/orders/1", "ann").statusCode()).isEqualTo(200);
        }
        String ben = enqueued("ben");
        enqueued("cem");
        HttpResponse<String> refused = post("/queue/enqueue", "dan", "{\"eventId\": \"sale\"}");
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(problem(refused).get("violated-policies").get(0).stringValue())
                .isEqualTo("waiting-room-keyed-joins");
        assertThat(get("/orders/1", "eve").statusCode()).isEqualTo(429);
        assertThat(get("/orders/1", "ann").statusCode()).as("inside").isEqualTo(200);
        HttpRequest.Builder known = to("/queue/enqueue", "ben")
                .header("Cookie", "sluice-sale=" + ben)
                .POST(HttpRequest.BodyPublishers.ofString("{\"eventId\": \"sale\"}"));
        assertThat(send(known).statusCode()).as("somebody who waits").isEqualTo(201);
    }

    @Test
    void letsAVisitorJoinAgainAFewTimes() {
        properties.put("sluice.limits.waiting-room-rejoins.rate", "2/1m");
        routed("/orders/**", "WaitingRoom=sale");
        started();
        String ann = enqueued("ann");
        String ben = enqueued("ben");
        assertThat(json(joinedAgain("ann", ann)).get("ticketId").stringValue())
                .as("of somebody who waits")
                .isEqualTo(ann);
        for (int i = 0; i < 2; i++) {
            ann = json(leftAndJoinedAgain("ann", ann)).get("ticketId").stringValue();
        }
        assertJoinsTooOften(leftAndJoinedAgain("ann", ann));
        assertJoinsTooOften(send(to("/orders/1", "ann").header("Cookie", "sluice-sale=" + ann)));
        assertThat(leftAndJoinedAgain("ben", ben).statusCode())
                .as("another visitor")
                .isEqualTo(201);
    }

    @Test
    void marksWhoJoinsTooOftenInShadowMode() {
        properties.put("sluice.limits.waiting-room-rejoins.rate", "1/1m");
        properties.put("sluice.limits.waiting-room-rejoins.shadow", "true");
        started();
        HttpResponse<String> again = leftAndJoinedAgain("ann", enqueued("ann"));
        assertThat(header(again, "Sluice-Shadow")).isEmpty();
        HttpResponse<String> marked =
                leftAndJoinedAgain("ann", json(again).get("ticketId").stringValue());
        assertThat(marked.statusCode()).isEqualTo(201);
        assertThat(header(marked, "Sluice-Shadow")).isEqualTo("\"waiting-room-rejoins\";kind=limit");
    }

    @Test
    void takesNoMoreFromOneAddressThatComesBackWithTicketsOfPlacesGivenUp() {
        properties.put("sluice.limits.waiting-room-joins.rate", "2/1m");
        properties.put("sluice.limits.waiting-room-keyed-joins.rate", "2/1m");
        routed("/orders/**", "WaitingRoom=sale");
        started();
        for (String user : new String[] {"", "ann"}) {
            HttpRequest.Builder newcomer = (user.isEmpty() ? to("/queue/enqueue") : to("/queue/enqueue", user))
                    .POST(HttpRequest.BodyPublishers.ofString("{\"eventId\": \"sale\"}"));
            HttpResponse<String> joined = send(newcomer);
            for (int status : new int[] {201, 429}) {
                String ticket = json(joined).get("ticketId").stringValue();
                assertThat(send(to("/queue/tickets/" + ticket).DELETE()).statusCode())
                        .isEqualTo(204);
                HttpResponse<String> back = send(withCookies(newcomer.copy(), joined));
                assertThat(back.statusCode()).isEqualTo(status);
                joined = status == 201 ? back : joined;
            }
            HttpRequest.Builder protectedPath = user.isEmpty() ? to("/orders/1") : to("/orders/1", user);
            HttpResponse<String> refused = send(withCookies(protectedPath.GET(), joined));
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(problem(refused).get("type").stringValue()).endsWith("quota-exceeded");
        }
    }

    private HttpResponse<String> leftAndJoinedAgain(String user, String ticket) {
        assertThat(send(to("/queue/tickets/" + ticket).DELETE()).statusCode()).isEqualTo(204);
        return joinedAgain(user, ticket);
    }

    private HttpResponse<String> joinedAgain(String user, String ticket) {
        return send(to("/queue/enqueue", user)
                .header("Cookie", "sluice-sale=" + ticket)
                .POST(HttpRequest.BodyPublishers.ofString("{\"eventId\": \"sale\"}")));
    }

    private static void assertJoinsTooOften(HttpResponse<String> refused) {
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(problem(refused).get("violated-policies").get(0).stringValue())
                .isEqualTo("waiting-room-rejoins");
    }

    @Test
    void chargesANewcomerWhomSomethingBehindTheRoomRefuses() {
        properties.put("sluice.limits.waiting-room-keyed-joins.rate", "1/1m");
        properties.put("sluice.limits.partner.rate", "5/1s");
        properties.put("sluice.limits.partner.key", "header:X-Partner");
        properties.put("sluice.limits.partner.anonymous", "refuse");
        properties.put("sluice.rooms.sale.capacity", "5");
        routed("/orders/**", "WaitingRoom=sale", "RateLimited=partner");
        started();
        assertThat(get("/orders/1", "ann").statusCode()).isEqualTo(403);
        assertThat(get("/orders/1", "ben").statusCode()).isEqualTo(429);
    }

    @Test
    void saysWhenAClosedRoomIsWorthAnotherTry() {
        properties.put("sluice.rooms.sale.mode", "closed");
        started();
        HttpResponse<String> closed = post("/queue/enqueue", "ann", "{\"eventId\": \"sale\"}");
        assertThat(closed.statusCode()).isEqualTo(503);
        assertThat(header(closed, "Retry-After")).isEqualTo("30");
    }
}
