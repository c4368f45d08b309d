package io.sluice.spring;

import static io.sluice.spring.Http.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.Guard;
import jakarta.servlet.Filter;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.MvcResult;
import org.springframework.test.web.servlet.RequestBuilder;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.context.WebApplicationContext;

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

    /** An application whose filter asks a bean whose calls are limited. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(AnnotatedApplication.Warehouse.class)
    static class AskingInAFilter {

        @Bean
        Filter asking(AnnotatedApplication.Warehouse warehouse) {
            return (request, response, chain) -> {
                warehouse.limited();
                response.getWriter().write("asked");
            };
        }
    }

    @Test
    void aBeanThatRefusesAFilterAnswersTheRequest() {
        try (App asking = App.start(WebApplicationType.SERVLET, AskingInAFilter.class, properties, backend, service)) {
            HttpRequest.Builder call = HttpRequest.newBuilder(asking.uri().resolve("/any"));
            assertThat(send(call).body()).isEqualTo("asked");
            HttpResponse<String> refused = send(call);
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(problem(refused).get("violated-policies").get(0).stringValue())
                    .isEqualTo("of-bean");
        }
    }

    /** An application whose filter begins an answer before it asks. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(AnnotatedApplication.Warehouse.class)
    static class AskingLate {

        @Bean
        Filter asking(AnnotatedApplication.Warehouse warehouse) {
            return (request, response, chain) -> {
                response.getOutputStream().write("begun ".getBytes(StandardCharsets.US_ASCII));
                warehouse.limited();
            };
        }
    }

    @Test
    void aBeanThatRefusesAnAnswerThatHasBegunReplacesIt() {
        try (App asking = App.start(WebApplicationType.SERVLET, AskingLate.class, properties, backend, service)) {
            HttpRequest.Builder call = HttpRequest.newBuilder(asking.uri().resolve("/any"));
            assertThat(send(call).body()).isEqualTo("begun ");
            HttpResponse<String> refused = send(call);
            assertThat(refused.body()).startsWith("{").endsWith("}");
        }
    }

    /** As tests of applications have it. */
    private MockMvc withoutFilters() {
        return MockMvcBuilders.webAppContextSetup((WebApplicationContext) app().context())
                .build();
    }

    private static MockHttpServletResponse perform(MockMvc mvc, RequestBuilder request) throws Exception {
        return mvc.perform(request).andReturn().getResponse();
    }

    @Test
    void aRequestThatHasMetNoServletFilterIsProtectedToo() throws Exception {
        MockMvc mvc = withoutFilters();
        assertThat(perform(mvc, MockMvcRequestBuilders.get("/default")).getStatus())
                .isEqualTo(200);
        assertThat(perform(mvc, MockMvcRequestBuilders.get("/default")).getStatus())
                .isEqualTo(429);
        assertThat(perform(mvc, MockMvcRequestBuilders.get("/bean/limited")).getStatus())
                .isEqualTo(200);
        assertThat(perform(mvc, MockMvcRequestBuilders.get("/bean/limited")).getStatus())
                .isEqualTo(429);
        assertThat(perform(mvc, MockMvcRequestBuilders.post("/queue/enqueue").content("{\"eventId\": \"sale\"}"))
                        .getStatus())
                .isEqualTo(201);
    }

    @Test
    void aRequestThatHasMetNoServletFilterGivesItsTurnBack() throws Exception {
        MockMvc mvc = withoutFilters();
        Guard shop = app().bean(HttpGate.class).guard("shop").guard();
        assertThat(perform(mvc, MockMvcRequestBuilders.get("/guarded/value")).getContentAsString())
                .isEqualTo("done");
        assertThat(shop.inFlight()).isZero();
        MvcResult begun = mvc.perform(MockMvcRequestBuilders.get("/guarded")).andReturn();
        assertThat(shop.inFlight()).isEqualTo(1);
        app().bean(AnnotatedApplication.Shop.class).answer.complete("done");
        assertThat(perform(mvc, MockMvcRequestBuilders.asyncDispatch(begun)).getContentAsString())
                .isEqualTo("done");
        assertThat(shop.inFlight()).isZero();
    }
}
