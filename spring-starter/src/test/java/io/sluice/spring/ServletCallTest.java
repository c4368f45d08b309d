package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

@Tag("servlet")
class ServletCallTest {

    @Test
    void givesBackWhatItHoldsEvenIfTheAnswerCannotBeEndedInOrder() {
        MockHttpServletResponse broken = new MockHttpServletResponse() {
            @Override
            public int getStatus() {
                throw new IllegalStateException("as the test wants");
            }
        };
        ServletCall call = ServletCall.begin(new MockHttpServletRequest("GET", "/orders"), broken, "Sluice-Release");
        AtomicBoolean given = new AtomicBoolean();
        Passage.of(call).atEnd(() -> given.set(true));
        assertThatThrownBy(() -> call.end(false)).hasMessage("as the test wants");
        assertThat(given).isTrue();
    }
}
