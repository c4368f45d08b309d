package io.sluice.spring;

import io.sluice.Standing;
import org.springframework.web.util.HtmlUtils;

/** Plain pages for people: they need no script, no style and no other request. */
final class Pages {

    private Pages() {}

    /** A page that comes back by itself, to the address that was asked for. */
    static String waiting(HttpCall call, Standing standing) {
        long seconds = Math.max(1, HttpAnswer.wholeSeconds(standing.pollAfter().toNanos()));
        String refresh = "<meta http-equiv=\"refresh\" content=\"%d;url=%s\">\n"
                .formatted(seconds, HtmlUtils.htmlEscape(call.target()));
        String place = standing.position() > 0 ? "Your place in the queue: " + standing.position() + ". " : "";
        return page(refresh, "Please wait your turn", place + "This page goes on by itself.");
    }

    static String refusal(Problem problem, String detail) {
        return page("", problem.title(), detail);
    }

    private static String page(String head, String title, String text) {
        return """
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width">
                %1$s<title>%2$s</title>
                </head>
                <body>
                <h1>%2$s</h1>
                <p>%3$s</p>
                </body>
                </html>
                """.formatted(head, HtmlUtils.htmlEscape(title), HtmlUtils.htmlEscape(text));
    }
}
