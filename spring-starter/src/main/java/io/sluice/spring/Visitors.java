package io.sluice.spring;

import io.sluice.Pass;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Identifies the visitors of a waiting room, and reads and sets their tickets and passes: in the room's cookie, a pass
 * in a header too.
 */
final class Visitors {

    /** The header that carries a pass, from and to clients that keep no cookies. */
    private static final String PASS_HEADER = "Sluice-Pass";

    /** How long a ticket is remembered. Its cookie outlives a restart of the browser. */
    private static final Duration TICKET_COOKIE_AGE = Duration.ofHours(24);

    private final WaitingRoom room;
    private final LiveSettings settings;
    private final Supplier<RoomGate.Definition> definition;

    Visitors(WaitingRoom room, LiveSettings settings, Supplier<RoomGate.Definition> definition) {
        this.room = room;
        this.settings = settings;
        this.definition = definition;
    }

    /** Returns the visitor of a call; the same for the whole request, random ids included. */
    Visitor of(GatedCall call) {
        String attribute = Visitor.class.getName() + '.' + room.room().name();
        if (call.attributes().get(attribute) instanceof Visitor known) {
            return known;
        }
        // Not computeIfAbsent: reading the visitor computes other attributes.
        Visitor visitor = read(call);
        call.attributes().put(attribute, visitor);
        return visitor;
    }

    private Visitor read(GatedCall call) {
        String cookie = call.cookie(cookieName(call));
        String pass = call.headers(PASS_HEADER).stream()
                .filter(room::isTokenOfThisRoom)
                .findFirst()
                .orElse(null);
        String token = pass == null ? Visitor.tokenIn(cookie) : pass;
        String principal = call.principal();
        RoomGate.Definition now = definition.get();
        KeyResolver key = now.key();
        String name = principal != null ? KeyResolvers.ofPrincipal(principal) : key == null ? null : key.resolve(call);
        String id = Visitor.idIn(cookie);
        if (name == null) {
            return bringing(Visitor.nameless(id), token);
        }
        if (id != null) {
            Visitor nameless = bringing(Visitor.nameless(id), token);
            if (nameless.brought() != null) {
                // The visitor was given a place without a name, and keeps it with a login.
                return nameless;
            }
        }
        boolean chosen = principal == null
                && KeyResolvers.isChosenByClient(now.properties().key());
        return bringing(Visitor.named(name, chosen ? Visitor.Naming.CHOSEN : Visitor.Naming.PROVEN), token);
    }

    private Visitor bringing(Visitor visitor, @Nullable String token) {
        return token == null ? visitor : visitor.bringing(room.read(visitor.name(), token));
    }

    /** Tells whether a visitor may have a cookie of this room that the browser does not send with this call. */
    boolean cookieIsKeptBack(GatedCall call) {
        return call.cookie(cookieName(call)) == null
                && "cross-site".equals(call.header("Sec-Fetch-Site"))
                && !opensAPage(call);
    }

    /**
     * Tells whether a call opens a page, as by a link. Of the calls from another site, browsers send cookies that have
     * {@code SameSite=Lax} with these alone.
     */
    private static boolean opensAPage(GatedCall call) {
        boolean changesNothing = call.method().equals("GET") || call.method().equals("HEAD");
        String destination = call.header("Sec-Fetch-Dest");
        return changesNothing && (destination == null || destination.equals("document"));
    }

    /** Gives the visitor the pass or the ticket, unless the visitor has it already. */
    void give(GatedCall call, Visitor visitor, Admission admission) {
        Pass pass = admission.pass();
        String token = pass == null ? admission.requiredTicket() : pass.token();
        if (visitor.brought() != null && visitor.brought().token().equals(token)) {
            return;
        }
        if (pass == null) {
            giveCookie(call, visitor, token);
        } else {
            givePass(call, visitor, pass);
        }
    }

    /** Gives the visitor the pass, as a cookie and as a header. */
    void givePass(GatedCall call, Visitor visitor, Pass pass) {
        call.addResponseHeader(PASS_HEADER, pass.token());
        setCookie(call, visitor.cookieValue(pass.token()), room.remaining(pass));
    }

    /** Gives the visitor a token as a cookie alone, which lasts as long as a ticket. */
    void giveCookie(GatedCall call, Visitor visitor, String token) {
        setCookie(call, visitor.cookieValue(token), TICKET_COOKIE_AGE);
    }

    /** Removes the room's cookie from the browser. */
    void takeCookie(GatedCall call) {
        setCookie(call, "", Duration.ZERO);
    }

    private void setCookie(GatedCall call, String value, Duration maxAge) {
        Passage.of(call).handsOutToken();
        // Now, for a cache within the application itself, such as the gateway's, which takes the answer before its end.
        call.setResponseHeader("Cache-Control", HttpAnswer.NO_STORE);
        if (cookieIsKeptBack(call)) {
            // Another site could make the browser replace the place that it keeps. The visitor has a name, and is found
            // by it.
            return;
        }
        StringBuilder cookie =
                new StringBuilder(cookieName(call)).append('=').append(value).append("; Path=/");
        cookie.append("; Max-Age=").append(maxAge.toSeconds());
        cookie.append(isSecure(call) ? "; Secure" : "").append("; HttpOnly; SameSite=Lax");
        call.addResponseHeader("Set-Cookie", cookie.toString());
    }

    private String cookieName(GatedCall call) {
        return (isSecure(call) ? "__Host-sluice-" : "sluice-") + room.room().name();
    }

    private boolean isSecure(GatedCall call) {
        return settings.of(call).waitingRoom().secure(call);
    }
}
