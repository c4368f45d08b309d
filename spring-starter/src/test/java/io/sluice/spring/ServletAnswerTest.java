package io.sluice.spring;

import static io.sluice.spring.Http.header;
import static io.sluice.spring.Http.json;
import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.GenericServlet;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** An answer that a handler of Spring MVC writes itself. */
@Tag("servlet")
class ServletAnswerTest extends WebContract {

    /** An application whose handlers write their answers themselves. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Exports.class, Rates.class})
    static class WritingItself {

        @Bean
        ServletRegistrationBean<Checkout> checkout() {
            ServletRegistrationBean<Checkout> checkout = new ServletRegistrationBean<>(new Checkout(), "/checkout");
            checkout.setAsyncSupported(true);
            return checkout;
        }
    }

    /** Has the container dispatch the request anew, with the response as the container knows it. */
    @SuppressWarnings("serial")
    static class Checkout extends GenericServlet {

        @Override
        public void service(ServletRequest request, ServletResponse response) {
            if (request.getDispatcherType() == DispatcherType.REQUEST) {
                request.startAsync().dispatch();
            } else {
                ((HttpServletResponse) response).setHeader("Sluice-Release", "true");
            }
        }
    }

    @RestController
    static class Exports {

        private final Rates rates;

        Exports(Rates rates) {
            this.rates = rates;
        }

        @RequestMapping("/reset/{id}")
        void reset(HttpServletResponse response) throws IOException {
            response.setHeader("Sluice-Release", "true");
            response.reset();
            response.setContentType("text/csv");
            response.getOutputStream().print("a,b");
        }

        @RequestMapping("/reset/late")
        void resetLate(HttpServletResponse response) throws IOException {
            response.getOutputStream().print("a,");
            response.reset();
            response.setHeader("Cache-Control", "public");
            response.getOutputStream().print("a,b");
        }

        @RequestMapping("/written")
        void written(HttpServletResponse response) throws IOException {
            response.getWriter().print("rate: ");
            response.getWriter().print(rates.find());
        }

        @ReleasesPlace("sale")
        @RequestMapping("/buy/streamed")
        void buyStreamed(OutputStream answer, @RequestParam boolean left) throws IOException {
            requireLeft(left);
            answer.write("sold".getBytes(StandardCharsets.US_ASCII));
        }

        @ReleasesPlace("sale")
        @RequestMapping("/buy/written")
        void buyWritten(Writer answer, @RequestParam boolean left) throws IOException {
            requireLeft(left);
            answer.write("sold");
        }

        private static void requireLeft(boolean left) {
            if (!left) {
                throw new ResponseStatusException(HttpStatus.CONFLICT);
            }
        }

        @RequestMapping("/streamed")
        void streamed(HttpServletResponse response) throws IOException {
            response.getOutputStream().print("rate: ");
            response.getOutputStream().print(rates.find());
        }
    }

    static class Rates {

        @RateLimited(value = "of-bean", rate = "1/1h")
        String find() {
            return "1.2";
        }
    }

    ServletAnswerTest() {
        super(new ServiceStack(WebApplicationType.SERVLET, WritingItself.class));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/reset/1", "/reset/late"})
    void keepsTheHeadersOfGatesWhenItIsReset(String path) {
        routed("/reset/**", "RateLimited=per-user", "WaitingRoom=sale");
        started();
        HttpResponse<String> reset = get(path, "ann");
        assertThat(reset.body()).isEqualTo("a,b");
        assertThat(header(reset, "RateLimit")).startsWith("\"per-user\";r=1;t=1");
        assertThat(header(reset, "Sluice-Pass")).isNotEmpty();
        assertThat(header(reset, "Set-Cookie")).startsWith("sluice-sale=");
        assertThat(header(reset, "Cache-Control")).isEqualTo("no-store");
    }

    @Test
    void takesBackThatTheVisitorIsDoneWhenItIsReset() {
        routed("/reset/**", "WaitingRoom=sale");
        started();
        assertThat(get("/reset/1", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/reset/1", "ben").statusCode()).isEqualTo(429);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/buy/streamed", "/buy/written"})
    void freesThePlaceWhenItIsWrittenAndNotWhenTheHandlerIsGivenWhatToWriteTo(String path) {
        routed("/buy/**", "WaitingRoom=sale");
        started();
        assertThat(get(path + "?left=false", "ann").statusCode()).isEqualTo(409);
        time.advance(REFRESH);
        assertThat(get(path + "?left=true", "ben").statusCode())
                .as("the place is taken")
                .isEqualTo(429);
        HttpResponse<String> sold = get(path + "?left=true", "ann");
        assertThat(sold.body()).isEqualTo("sold");
        assertThat(header(sold, "Set-Cookie")).contains("sluice-sale=; Path=/; Max-Age=0");
    }

    @Test
    void freesThePlaceAfterADispatchWithTheResponseOfTheContainer() {
        routed("/checkout", "WaitingRoom=sale");
        started();
        HttpResponse<String> done = get("/checkout", "ann");
        assertThat(done.statusCode()).isEqualTo(200);
        assertThat(header(done, "Sluice-Release")).isEmpty();
        time.advance(REFRESH);
        assertThat(get("/checkout", "ben").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/written", "/streamed"})
    void givesWayToTheRefusalOfABean(String path) {
        started();
        assertThat(get(path, "ann").body()).isEqualTo("rate: 1.2");
        HttpResponse<String> refused = get(path, "ann");
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(header(refused, "Content-Type")).startsWith("application/problem+json");
        assertThat(json(refused).get("violated-policies").get(0).stringValue()).isEqualTo("of-bean");
    }

    @Test
    void losesNoLetterOfAPageToTheWriterThatWasTaken() {
        started();
        get("/written", "ann");
        HttpResponse<String> page =
                send(to("/written", "ann").header("Accept", "text/html").header("Accept-Language", "ko"));
        assertThat(page.statusCode()).isEqualTo(429);
        assertThat(header(page, "Content-Type")).isEqualToIgnoringCase("text/html;charset=utf-8");
        assertThat(page.body()).contains("lang=\"ko\"").doesNotContain("??");
    }
}
