package io.sluice.spring;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ClassUtils;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/** Finds the request in which a bean is called, as far as it is known. */
final class Requests {

    /** The attribute of a servlet request, and the key in a reactive context, under which Sluice keeps its data. */
    static final String ATTRIBUTE = GatedCall.class.getName();

    private static final boolean WEB = ClassUtils.isPresent(
            "org.springframework.web.context.request.RequestContextHolder", Requests.class.getClassLoader());

    private Requests() {}

    /** Returns the passage of the request that this thread of a servlet container handles; null if it handles none. */
    static @Nullable Passage current() {
        return WEB ? OfThread.current() : null;
    }

    /** Returns the passage of the request whose reactive context this is, or else {@link #current}. */
    static @Nullable Passage in(ContextView context) {
        Map<String, Object> attributes = context.getOrDefault(ATTRIBUTE, null);
        return attributes == null ? current() : Passage.find(attributes);
    }

    /** Returns the reactive context of a request with these attributes. */
    static Context within(Context context, Map<String, Object> attributes) {
        return context.put(ATTRIBUTE, attributes);
    }

    /** The code that needs spring-web. */
    private static final class OfThread {

        static @Nullable Passage current() {
            RequestAttributes request = RequestContextHolder.getRequestAttributes();
            return request != null && call(request) instanceof GatedCall call ? Passage.find(call.attributes()) : null;
        }

        private static @Nullable Object call(RequestAttributes request) {
            try {
                return request.getAttribute(ATTRIBUTE, RequestAttributes.SCOPE_REQUEST);
            } catch (IllegalStateException requestIsOver) {
                return null;
            }
        }
    }
}
