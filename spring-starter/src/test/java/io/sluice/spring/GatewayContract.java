package io.sluice.spring;

import static io.sluice.spring.Http.header;
import static io.sluice.spring.Http.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.Guard;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract on a gateway in front of a service. */
abstract class GatewayContract extends WebStackContract {

    @Override
    abstract GatewayStack stack();

    /** Returns the properties that switch the gateway off, and what of it would not start without it. */
    abstract Map<String, String> switchedOff();

    /** Returns a gateway whose routes of {@code /orders} and {@code /slow} are written in Java, with limit, room and guard. */
    abstract GatewayStack routingInJava();

    @Nested
    @DisplayName("a route in Java")
    class InJava extends WebContract {

        InJava() {
            super(routingInJava());
        }

        @Test
        void isProtectedByTheFiltersThatItNames() {
            properties.put("service", ((GatewayStack) stack).service());
            started();
            HttpResponse<String> first = get("/orders/1", "ann");
            assertThat(first.statusCode()).isEqualTo(200);
            assertThat(header(first, "RateLimit")).startsWith("\"per-user\";r=0;t=1");
            assertThat(header(first, "Sluice-Pass")).isNotEmpty();
            assertThat(get("/orders/1", "ann").statusCode()).isEqualTo(429);
            assertThat(json(get("/orders/1", "ben")).get("room").stringValue()).isEqualTo("sale");
        }

        @Test
        void mayHoldACall() {
            properties.put("service", ((GatewayStack) stack).service());
            properties.put("sluice.rooms.sale.capacity", "2");
            started();
            CompletableFuture<HttpResponse<String>> first = underWay("/slow/1", "ann");
            CompletableFuture<HttpResponse<String>> second = getAsync("/slow/2", "ben");
            Guard guard = app().bean(HttpGate.class).guard("shop").guard();
            await().until(() -> guard.waiting() == 1);
            service.open();
            assertThat(first.join().statusCode()).isEqualTo(200);
            assertThat(second.join().statusCode()).isEqualTo(200);
        }
    }

    @Nested
    @DisplayName("a gateway")
    class Gateway extends WebContract {

        Gateway() {
            super(stack());
        }

        @Test
        void startsWhereItIsSwitchedOff() {
            properties.putAll(switchedOff());
            started();
            assertThat(enqueued("ann")).isNotEmpty();
        }

        @ParameterizedTest
        @ValueSource(strings = {"native", "framework"})
        void letsNobodyPastAFilterWhoMovesAPartOfThePathIntoAHeader(String strategy) {
            properties.put("server.forward-headers-strategy", strategy);
            routed("/orders/**");
            stack.filter(properties, Map.of("path", "/orders/{number}", "limit", "per-user", "room", "sale"));
            started();
            assertThat(moved("ann", "/1", "/orders")).isNotEqualTo(429);
            moved("ann", "/1", "/orders");
            moved("ann", "/1", "/orders/");
            moved("ann", "/./1", "//orders");
            assertThat(service.calls()).hasSizeLessThanOrEqualTo(2);
            get("/orders/1", "ann");
            int calls = service.calls().size();
            moved("ben", "/1", "/orders");
            assertThat(service.calls()).as("past the room").hasSize(calls);
        }

        @Test
        void letsNobodyPastAFilterByABroaderRoute() {
            properties.put("server.forward-headers-strategy", "framework");
            routed("/**");
            stack.filter(properties, Map.of("path", "/orders/{number}", "room", "sale"));
            started();
            get("/orders/1", "ann");
            moved("ben", "/1", "/orders");
            assertThat(service.calls()).as("past the room").containsExactly("GET /orders/1");
        }

        private int moved(String user, String path, String prefix) {
            return send(to(path, user).header("X-Forwarded-Prefix", prefix)).statusCode();
        }

        @Test
        void takesFiltersInTheLongForm() {
            String route = ((GatewayStack) stack).addRoute(properties, "/long/**");
            List<Map<String, String>> filters = List.of(
                    Map.of("name", "RateLimited", "args.limit", "per-user", "args.permits", "2"),
                    Map.of("name", "WaitingRoom", "args.room", "sale"),
                    Map.of("name", "Guard", "args.guard", "shop"));
            for (int i = 0; i < filters.size(); i++) {
                String filter = route + "filters[" + i + "].";
                filters.get(i).forEach((name, value) -> properties.put(filter + name, value));
            }
            started();
            HttpResponse<String> first = get("/long/1", "ann");
            assertThat(first.statusCode()).isEqualTo(200);
            assertThat(header(first, "RateLimit")).startsWith("\"per-user\";r=0;t=1");
            assertThat(header(first, "Sluice-Pass")).isNotEmpty();
            assertThat(get("/long/2", "ann").statusCode()).isEqualTo(429);
        }

        @Test
        void refusesAChangeWithWhichARouteWouldFailTheNextStart() {
            routed("/orders/**", "RateLimited=per-user, 2", "WaitingRoom=sale", "Guard=shop");
            started();
            LimitGate limit = app().bean(HttpGate.class).limit("per-user");
            app().refresh("sluice.limits.per-user.rate", "1/1s");
            assertThat(limit.limit().maxPermits()).isEqualTo(2);
            app().refresh("sluice.limits.per-user.rate", "3/1s");
            assertThat(limit.limit().maxPermits()).isEqualTo(3);
        }

        @Test
        void saysWhichRouteAChangeDoesNotSuit() {
            routed("/orders/**", "RateLimited=per-user, 2");
            started();
            StartCheck check = app().context().getBean("sluiceGatewayRoutes", StartCheck.class);
            assertThatThrownBy(() -> check.check(Configured.with(Map.of("sluice.limits.per-user.rate", "1/1s"))))
                    .isInstanceOf(SluiceConfigurationException.class)
                    .hasMessageContaining(
                            ".routes (route-0), filter RateLimited: A call on the limit \"per-user\" costs");
        }

        @Test
        void takesAChangeOfALimitAndOfTheRouteThatNamesIt() {
            routed("/orders/**", "RateLimited=per-user, 2");
            started();
            Map<String, String> changed = new HashMap<>(properties);
            changed.keySet().removeIf(name -> !name.startsWith("spring.cloud.gateway"));
            changed.replaceAll((name, value) -> value.replace(", 2", ""));
            changed.put("sluice.limits.per-user.rate", "1/1s");
            app().refresh(changed.entrySet().stream()
                    .flatMap(property -> Stream.of(property.getKey(), property.getValue()))
                    .toArray(String[]::new));
            assertThat(app().bean(HttpGate.class).limit("per-user").limit().maxPermits())
                    .isEqualTo(1);
        }
    }
}
