package io.sluice.spring;

import org.junit.jupiter.api.Tag;
import org.springframework.boot.WebApplicationType;

/** Annotated controllers of WebFlux. */
@Tag("webflux")
class AnnotatedWebFluxTest extends AnnotatedControllerContract {

    AnnotatedWebFluxTest() {
        super(WebApplicationType.REACTIVE);
    }
}
