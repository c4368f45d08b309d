package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;

/** Annotated controllers of Spring MVC. */
@Tag("servlet")
class AnnotatedMvcTest extends AnnotatedControllerContract {

    AnnotatedMvcTest() {
        super(WebApplicationType.SERVLET);
    }

    @Test
    void aRequestHasOneTurnOfAGuardThatItsHandlerAndABeanWithoutAStageName() {
        assertThat(get("/guarded/value", "ann").body()).isEqualTo("done");
    }

    @Test
    void aCallThatOutlivesItsRequestKeepsTheTurn() {
        assertThat(get("/guarded/forgotten", "ann").body()).isEqualTo("done");
        GuardGate shop = app().bean(HttpGate.class).guard("shop");
        CompletableFuture<HttpResponse<String>> second = getAsync("/guarded/value", "bob");
        await().until(() -> shop.guard().waiting() == 1);
        assertThat(shop.guard().inFlight()).isEqualTo(1);
        app().bean(AnnotatedApplication.Shop.class).answer.complete("done");
        assertThat(second.join().body()).isEqualTo("done");
        await().until(() -> shop.guard().inFlight() == 0);
    }

    @Test
    void anApplicationMayConfigureSpringMvcItself() {
        try (App own = App.start(WebApplicationType.SERVLET, OwnMvc.class, properties, backend, service)) {
            HttpRequest.Builder call = HttpRequest.newBuilder(own.uri().resolve("/default"));
            assertThat(send(call).statusCode()).isEqualTo(200);
            assertThat(send(call).statusCode()).isEqualTo(429);
        }
    }
}
