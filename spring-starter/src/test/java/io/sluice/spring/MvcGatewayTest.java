package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.Guard;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import shop.MvcGatewayRoutes;

/** The contract on Spring Cloud Gateway on WebMVC. */
@Tag("webmvc-gateway")
class MvcGatewayTest extends GatewayContract {

    @Override
    GatewayStack stack() {
        return GatewayStack.onWebMvc(App.Empty.class);
    }

    @Override
    GatewayStack routingInJava() {
        return GatewayStack.onWebMvc(MvcGatewayRoutes.class);
    }

    @Nested
    @DisplayName("a call that a route holds")
    class HeldByARoute extends WebContract {

        HeldByARoute() {
            super(stack());
        }

        @Test
        void keepsNoThread() {
            properties.put("server.tomcat.threads.max", "2");
            routed("/slow/**", "Guard=shop");
            routed("/orders/**");
            started();
            CompletableFuture<HttpResponse<String>> first = underWay("/slow/1", "ann");
            CompletableFuture<HttpResponse<String>> held = getAsync("/slow/2", "ben");
            Guard guard = app().bean(HttpGate.class).guard("shop").guard();
            await().until(() -> guard.waiting() == 1);
            assertThat(get("/orders/1", "cem").statusCode()).isEqualTo(200);
            service.open();
            assertThat(first.join().statusCode()).isEqualTo(200);
            assertThat(held.join().statusCode()).isEqualTo(200);
        }
    }

    @Nested
    @DisplayName("default filters, which only the gateway on WebFlux has")
    class DefaultFilters extends WebContract {

        DefaultFilters() {
            super(stack());
        }

        @ParameterizedTest
        @ValueSource(strings = {"[0]", "[0].name"})
        void failTheStartIfTheyAreSluices(String form) {
            String property = "spring.cloud.gateway.server.webmvc.default-filters" + form;
            properties.put(property, form.equals("[0]") ? "RateLimited=per-user" : "RateLimited");
            assertThatThrownBy(() -> started())
                    .rootCause()
                    .isInstanceOfSatisfying(
                            SluiceConfigurationException.class,
                            failure -> assertThat(failure.remedy()).startsWith("Name the filter on each route"))
                    .hasMessageContaining("webmvc.default-filters would have no effect")
                    .hasMessageContaining("RateLimited");
        }

        @Test
        void areRefusedInALiveChangeToo() {
            started();
            LimitGate limit = app().bean(HttpGate.class).limit("per-user");
            app().refresh(
                            "spring.cloud.gateway.server.webmvc.default-filters[0]",
                            "RateLimited=per-user",
                            "sluice.limits.per-user.rate",
                            "7/1s");
            assertThat(limit.limit().maxPermits()).isEqualTo(2);
        }

        @Test
        void areNoMatterOfSluicesIfTheyAreOthers() {
            properties.put("spring.cloud.gateway.server.webmvc.default-filters[0]", "AddRequestHeader=X-A, b");
            properties.put("spring.cloud.gateway.server.webmvc.default-filters[1]", "PreserveHostHeader");
            routed("/orders/**");
            started();
            assertThat(get("/orders/1", "ann").statusCode()).isEqualTo(200);
        }
    }

    @Override
    Map<String, String> switchedOff() {
        return Map.of(
                "spring.cloud.gateway.server.webmvc.enabled",
                "false",
                "spring.autoconfigure.exclude",
                "org.springframework.cloud.gateway.server.mvc.filter.FilterAutoConfiguration");
    }
}
