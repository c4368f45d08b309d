package io.sluice.spring;

import static io.sluice.spring.Http.header;
import static io.sluice.spring.Http.withCookies;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.Guard;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import shop.WebFluxGatewayRoutes;

/** The contract on Spring Cloud Gateway on WebFlux. */
class WebFluxGatewayTest extends GatewayContract {

    @Override
    GatewayStack stack() {
        return GatewayStack.onWebFlux(App.Empty.class);
    }

    @Override
    GatewayStack routingInJava() {
        return GatewayStack.onWebFlux(WebFluxGatewayRoutes.class);
    }

    @Override
    Map<String, String> switchedOff() {
        return Map.of(
                "spring.cloud.gateway.server.webflux.enabled",
                "false",
                "spring.cloud.gateway.server.webflux.redis.enabled",
                "false");
    }

    @Nested
    @DisplayName("the gateway's own cache")
    class Cached extends WebContract {

        Cached() {
            super(stack());
        }

        private void startedWithCache() {
            properties.put("sluice.rooms.sale.capacity", "2");
            properties.put("spring.cloud.gateway.server.webflux.filter.local-response-cache.enabled", "true");
            routed("/orders/**", "WaitingRoom=sale", "LocalResponseCache=30m,1MB");
            started();
        }

        @Test
        void givesNobodyThePassOfAnother() {
            startedWithCache();
            HttpResponse<String> first = send(to("/orders/public"));
            HttpResponse<String> second = send(to("/orders/public"));
            assertThat(header(second, "Sluice-Pass")).isNotEmpty().isNotEqualTo(header(first, "Sluice-Pass"));
            assertThat(header(second, "Set-Cookie")).isNotEmpty().isNotEqualTo(header(first, "Set-Cookie"));
            send(withCookies(to("/orders/public"), first));
            send(withCookies(to("/orders/public"), first));
            assertThat(service.calls()).as("the last answer was kept").hasSize(3);
        }

        @Test
        void givesNobodyThePassOfAVisitorWhoseBrowserKeepsTheCookieBack() {
            properties.put("sluice.rooms.sale.key", "header:X-Visitor");
            startedWithCache();
            HttpResponse<String> first = send(fromAnotherSite("ann"));
            HttpResponse<String> second = send(fromAnotherSite("ben"));
            assertThat(header(first, "Sluice-Pass")).isNotEmpty();
            assertThat(second.headers().allValues("Sluice-Pass"))
                    .hasSize(1)
                    .doesNotContain(header(first, "Sluice-Pass"));
        }

        private HttpRequest.Builder fromAnotherSite(String visitor) {
            return to("/orders/public")
                    .header("X-Visitor", visitor)
                    .header("Sec-Fetch-Site", "cross-site")
                    .header("Sec-Fetch-Dest", "empty");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Declaring {

        /** A bean whose annotation declares a limit. */
        static class Exports {
            @RateLimited(value = "export", rate = "${export.rate:2/1m}")
            void export() {}
        }

        @Bean
        Exports exports() {
            return new Exports();
        }
    }

    @Nested
    @DisplayName("a route that names a limit of an annotation")
    class OfAnAnnotation extends WebContract {

        OfAnAnnotation() {
            super(GatewayStack.onWebFlux(Declaring.class));
        }

        @Test
        void isProtectedByItAlsoAfterALiveChange() {
            routed("/orders/**", "RateLimited=export");
            started();
            app().refresh("sluice.limits.per-user.rate", "7/1s");
            assertThat(app().bean(HttpGate.class).limit("per-user").limit().maxPermits())
                    .isEqualTo(7);
            assertThat(header(get("/orders/1", "ann"), "RateLimit")).startsWith("\"export\";r=1");
        }

        @ParameterizedTest
        @CsvSource({"1/1m, 2, 2", "20/1m, 20, 7", "20/1m, 21, 2"})
        void isCheckedAgainstTheRateThatTheNextStartReads(String rate, int permits, int permitsPerUser) {
            routed("/orders/**");
            started();
            app().refresh(
                            "export.rate",
                            rate,
                            "spring.cloud.gateway.server.webflux.default-filters[0]",
                            "RateLimited=export, " + permits,
                            "sluice.limits.per-user.rate",
                            "7/1s");
            assertThat(app().bean(HttpGate.class).limit("per-user").limit().maxPermits())
                    .isEqualTo(permitsPerUser);
        }
    }

    @Nested
    @DisplayName("a route that a start leaves out")
    class LeftOut extends WebContract {

        LeftOut() {
            super(stack());
        }

        @ParameterizedTest
        @ValueSource(strings = {"routes[0].enabled", "fail-on-route-definition-error"})
        void isNoReasonToRefuseALiveChange(String switchedOff) {
            routed("/orders/**", "RateLimited=nosuch");
            properties.put("spring.cloud.gateway.server.webflux." + switchedOff, "false");
            started();
            app().refresh("sluice.limits.per-user.rate", "7/1s");
            assertThat(app().bean(HttpGate.class).limit("per-user").limit().maxPermits())
                    .isEqualTo(7);
        }
    }

    @Nested
    @DisplayName("the actuator's list of routes")
    class Listed extends WebContract {

        Listed() {
            super(stack());
        }

        @Test
        void saysByWhatARouteIsProtected() {
            routed("/orders/**", "RateLimited=per-user, 2", "WaitingRoom=sale", "Guard=shop");
            started();
            String filters = Objects.requireNonNull(
                            app().bean(RouteLocator.class).getRoutes().blockFirst())
                    .getFilters()
                    .toString();
            assertThat(filters)
                    .contains("RateLimited limit = 'per-user', permits = 2")
                    .contains("WaitingRoom room = 'sale'")
                    .contains("Guard guard = 'shop'");
        }
    }

    @Nested
    @DisplayName("the gateway's response time-out")
    class Bounded extends WebContract {

        Bounded() {
            super(stack());
        }

        @Test
        void endsACallWhoseBodyIsSlowToComeAndItsTurnWithIt() throws IOException {
            properties.put("spring.cloud.gateway.server.webflux.httpclient.response-timeout", "1s");
            routed("/logins/**", "Guard=shop");
            Guard guard = app().bean(HttpGate.class).guard("shop").guard();
            try (Socket slow = openWith("POST /logins/1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nu")) {
                slow.setSoTimeout(20_000);
                await().until(() -> guard.inFlight() == 1);
                assertThat(new String(slow.getInputStream().readNBytes(12), US_ASCII))
                        .isEqualTo("HTTP/1.1 504");
                await().until(() -> guard.inFlight() == 0);
            }
        }
    }
}
