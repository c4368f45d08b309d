package io.sluice.spring;

import org.junit.jupiter.api.Tag;
import org.springframework.boot.WebApplicationType;

/** Annotated controllers of Spring MVC. */
@Tag("servlet")
class AnnotatedMvcTest extends AnnotatedControllerContract {

    AnnotatedMvcTest() {
        super(WebApplicationType.SERVLET);
    }
}
