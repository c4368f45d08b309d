package io.sluice.spring;

import static io.sluice.spring.Http.header;
import static io.sluice.spring.Http.problem;
import static io.sluice.spring.Http.withCookies;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.cookie.CookieHeaderNames;
import io.netty.handler.codec.http.cookie.DefaultCookie;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** What a route behind a waiting room answers, and how visitors are known there. */
abstract class RoomRouteContract extends WebContract {

    private static final String SET_COOKIE = "Set-Cookie:";

    RoomRouteContract(WebStack stack) {
        super(stack);
    }

    @Nested
    @DisplayName("a route behind a room")
    class BehindARoom {

        @BeforeEach
        void routes() {
            routed("/orders/**", "WaitingRoom=sale");
            routed("/done", "WaitingRoom=sale");
            started();
        }

        @Test
        void letsAVisitorStraightInWhileAPlaceIsFree() {
            HttpResponse<String> response = get("/orders/1", "ann");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(header(response, "Sluice-Pass")).isNotEmpty();
            assertThat(header(response, "Set-Cookie")).contains("sluice-sale=");
        }

        @Test
        void keepsAnAnswerWithAPassOutOfCaches() {
            HttpResponse<String> first = get("/orders/public", "ann");
            assertForCaches(first, "no-store", "no-store", "no-store");
            HttpRequest.Builder inside =
                    to("/orders/public", "ann").header("Sluice-Pass", header(first, "Sluice-Pass"));
            assertForCaches(send(inside), "public, max-age=60", "public, max-age=60", "public, max-age=60");
            assertForCaches(get("/done", "ann"), "no-store", "no-store", "");
            assertForCaches(get("/orders/1", "ann"), "no-store", "", "");
        }

        private void assertForCaches(HttpResponse<?> response, String all, String networks, String surrogates) {
            assertThat(header(response, "Cache-Control")).isEqualTo(all);
            assertThat(header(response, "CDN-Cache-Control")).isEqualTo(networks);
            assertThat(header(response, "Surrogate-Control")).isEqualTo(surrogates);
        }

        @Test
        void tellsAnAppWhereToQueue() {
            get("/orders/1", "ann");
            HttpResponse<String> refused = get("/orders/1", "ben");
            assertThat(refused.statusCode()).isEqualTo(429);
            JsonNode problem = problem(refused);
            assertThat(problem.get("type").stringValue()).endsWith("waiting-room");
            assertThat(problem.get("room").stringValue()).isEqualTo("sale");
            assertThat(problem.get("enqueue").stringValue()).isEqualTo("/queue/enqueue");
            assertThat(problem.get("pollAfterMs").intValue()).isPositive();
            assertThat(header(refused, "Retry-After")).isNotEmpty();
            assertThat(service.calls()).hasSize(1);
        }

        @Test
        void showsABrowserAPageThatComesBack() {
            get("/orders/1", "ann");
            time.advance(REFRESH);
            String browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
            HttpResponse<String> page = send(
                    to("/orders/1?a=1&b=%22", "ben").header("Accept", browser).GET());
            assertThat(page.statusCode()).isEqualTo(202);
            assertThat(header(page, "Content-Type")).isEqualTo("text/html;charset=utf-8");
            assertThat(header(page, "Retry-After")).isNotEmpty();
            assertThat(page.body())
                    .contains("<dd data-sluice=\"position\">1</dd>")
                    .as("without a url it comes back to the address that was asked for")
                    .containsPattern("<meta http-equiv=\"refresh\" content=\"\\d+\">");
            HttpResponse<String> posted =
                    send(to("/orders", "ben").header("Accept", browser).POST(HttpRequest.BodyPublishers.noBody()));
            assertThat(posted.statusCode()).isEqualTo(429);
        }

        @Test
        void freesThePlaceWhenTheBackendSaysTheVisitorIsDone() {
            assertThat(get("/orders/1", "ann").statusCode()).isEqualTo(200);
            HttpResponse<String> done = get("/done", "ann");
            assertThat(done.statusCode()).isEqualTo(200);
            assertThat(header(done, "Sluice-Release")).isEmpty();
            assertThat(get("/orders/2", "ben").statusCode()).isEqualTo(200);
        }

        @Test
        void freesThePlaceOfAVisitorWithoutANameWhoIsDoneAtTheFirstCall() {
            assertThat(send(to("/done").GET()).statusCode()).isEqualTo(200);
            assertThat(get("/orders/2", "ben").statusCode()).isEqualTo(200);
        }

        @Test
        void refusesThePassOfAVisitorWhoIsDone() {
            String pass = header(get("/orders/1", "ann"), "Sluice-Pass");
            get("/done", "ann");
            get("/orders/2", "ben");
            HttpResponse<String> again =
                    send(to("/orders/3", "ann").header("Sluice-Pass", pass).GET());
            assertThat(again.statusCode()).isEqualTo(429);
        }

        @Test
        void knowsAVisitorWithoutANameByTheCookie() {
            HttpResponse<String> first = send(to("/orders/1").GET());
            assertThat(first.statusCode()).isEqualTo(200);
            assertThat(send(withCookies(to("/orders/2"), first)).statusCode()).isEqualTo(200);
            assertThat(send(to("/orders/3").GET()).statusCode())
                    .as("somebody else")
                    .isEqualTo(429);
        }

        private HttpRequest.Builder from(String site, String method) {
            return to("/orders/1").header("Sec-Fetch-Site", site).method(method, HttpRequest.BodyPublishers.noBody());
        }

        @Test
        void takesNobodyForNewWhoseCookieABrowserKeepsBack() {
            HttpResponse<String> refused = send(from("cross-site", "POST"));
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(problem(refused).get("type").stringValue()).endsWith("cross-site");
            assertThat(header(refused, "Set-Cookie")).isEmpty();
            assertThat(service.calls()).isEmpty();
            HttpResponse<String> inside = send(from("same-origin", "POST"));
            assertThat(inside.statusCode()).as("no place is taken").isEqualTo(200);
            assertThat(send(withCookies(from("cross-site", "POST"), inside)).statusCode())
                    .as("with the cookie")
                    .isEqualTo(200);
        }

        @ParameterizedTest
        @CsvSource({"cross-site, GET", "cross-site, HEAD", "same-site, POST", "none, POST"})
        void takesForNewWhoComesWithoutACookieByALinkOrFromHere(String site, String method) {
            HttpResponse<String> inside = send(from(site, method));
            assertThat(inside.statusCode()).isEqualTo(200);
            assertThat(header(inside, "Set-Cookie")).startsWith("sluice-sale=");
        }

        @ParameterizedTest
        @CsvSource({"image, 403", "iframe, 403", "empty, 403", "document, 200"})
        void givesNoPlaceToAPictureOrAScriptOnAnotherSite(String destination, int status) {
            HttpRequest.Builder asked = from("cross-site", "GET").header("Sec-Fetch-Dest", destination);
            assertThat(send(asked).statusCode()).isEqualTo(status);
        }

        @Test
        void knowsWhoComesFromAnotherSiteWithAName() {
            HttpRequest.Builder named = from("cross-site", "POST").header("Authorization", "ann");
            HttpResponse<String> inside = send(named);
            assertThat(inside.statusCode()).isEqualTo(200);
            assertThat(header(inside, "Set-Cookie"))
                    .as("what would replace the cookie that the browser keeps")
                    .isEmpty();
        }

        @Test
        void doesNotLetAnyoneInWithAnotherVisitorsPass() {
            String pass = header(get("/orders/1", "ann"), "Sluice-Pass");
            HttpResponse<String> stolen =
                    send(to("/orders/3", "ben").header("Sluice-Pass", pass).GET());
            assertThat(stolen.statusCode()).isEqualTo(429);
        }
    }

    @Nested
    @DisplayName("the cookie of a room")
    class RoomCookie {

        private DefaultCookie cookieAt(String host) throws IOException {
            return sendRaw("GET /orders/1 HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                    .lines()
                    .filter(line -> line.regionMatches(true, 0, SET_COOKIE, 0, SET_COOKIE.length()))
                    .map(line -> Http.cookie(line.substring(SET_COOKIE.length()).strip()))
                    .findFirst()
                    .orElseThrow();
        }

        @BeforeEach
        void routes() {
            properties.put("sluice.rooms.sale.capacity", "10");
            routed("/orders/**", "WaitingRoom=sale");
        }

        @Test
        void isForHttpsAloneUnlessTheHostIsLocal() throws IOException {
            started();
            DefaultCookie secure = cookieAt("shop.example");
            // What browsers demand of a name with this prefix: secure, for the whole host, for no other host.
            assertThat(secure.name()).isEqualTo("__Host-sluice-sale");
            assertThat(secure.isSecure()).isTrue();
            assertThat(secure.path()).isEqualTo("/");
            assertThat(secure.domain()).isNull();
            assertThat(secure.isHttpOnly()).isTrue();
            assertThat(secure.sameSite()).isEqualTo(CookieHeaderNames.SameSite.Lax);
            assertThat(secure.maxAge()).isBetween(1L, 300L);
            DefaultCookie local = cookieAt("localhost:8080");
            assertThat(local.name()).isEqualTo("sluice-sale");
            assertThat(local.isSecure()).isFalse();
        }

        @ParameterizedTest
        @CsvSource({"never, shop.example, sluice-sale, false", "always, localhost:8080, __Host-sluice-sale, true"})
        void isForHttpsAloneAsConfigured(String configured, String host, String name, boolean secure)
                throws IOException {
            properties.put("sluice.waiting-room.secure-cookies", configured);
            started();
            DefaultCookie cookie = cookieAt(host);
            assertThat(cookie.name()).isEqualTo(name);
            assertThat(cookie.isSecure()).isEqualTo(secure);
        }
    }

    @Nested
    @DisplayName("a renewable stay")
    class Renewable {

        @Test
        void goesOnForWhoeverIsActive() {
            properties.put("sluice.rooms.sale.renewable", "true");
            routed("/orders/**", "WaitingRoom=sale");
            started();
            String pass = header(get("/orders/1", "ann"), "Sluice-Pass");
            time.advance(Duration.ofMinutes(2));
            HttpResponse<String> early =
                    send(to("/orders/2", "ann").header("Sluice-Pass", pass).GET());
            assertThat(header(early, "Sluice-Pass"))
                    .as("more than half is left")
                    .isEmpty();
            time.advance(Duration.ofMinutes(2));
            HttpResponse<String> late =
                    send(to("/orders/3", "ann").header("Sluice-Pass", pass).GET());
            String renewed = header(late, "Sluice-Pass");
            assertThat(renewed).isNotEmpty().isNotEqualTo(pass);
            time.advance(Duration.ofMinutes(4));
            assertThat(send(to("/orders/4", "ann")
                                    .header("Sluice-Pass", renewed)
                                    .GET())
                            .statusCode())
                    .isEqualTo(200);
            assertThat(get("/orders/5", "ben").statusCode()).isEqualTo(429);
        }
    }
}
