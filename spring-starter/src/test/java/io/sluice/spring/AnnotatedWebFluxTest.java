package io.sluice.spring;

import static io.sluice.spring.Http.problem;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Mono;

/** Annotated controllers of WebFlux. */
@Tag("webflux")
class AnnotatedWebFluxTest extends AnnotatedControllerContract {

    AnnotatedWebFluxTest() {
        super(WebApplicationType.REACTIVE);
    }

    /** An application whose filter in front of Sluice's asks a bean whose calls are limited, as authentication may. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(AnnotatedApplication.Warehouse.class)
    static class AskingInFront {

        @Bean
        @Order(Ordered.HIGHEST_PRECEDENCE)
        WebFilter asking(AnnotatedApplication.Warehouse warehouse) {
            return (exchange, chain) ->
                    Mono.fromCompletionStage(warehouse::limitedStage).then(chain.filter(exchange));
        }
    }

    @Test
    void aBeanThatRefusesAFilterInFrontAnswersTheRequest() {
        try (App asking = App.start(WebApplicationType.REACTIVE, AskingInFront.class, properties, backend, service)) {
            HttpRequest.Builder call = HttpRequest.newBuilder(asking.uri().resolve("/any"));
            assertThat(send(call).statusCode()).isEqualTo(404);
            HttpResponse<String> refused = send(call);
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(problem(refused).get("violated-policies").get(0).stringValue())
                    .isEqualTo("of-bean");
        }
    }
}
