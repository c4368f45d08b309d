package io.sluice.spring;

/**
 * What requests go by besides the limits, rooms and guards that they meet. Immutable: a live change replaces it as a
 * whole.
 *
 * @param filters what {@code sluice.filters} protect
 * @param proxies who is believed to tell the client's address
 * @param rateLimitHeaders which headers say how limits stand
 * @param waitingRoom what all rooms have in common
 * @param pages what people get to read
 */
record HttpSettings(
        Gate filters,
        TrustedProxies proxies,
        SluiceProperties.RateLimitHeaders rateLimitHeaders,
        SluiceProperties.WaitingRoomProperties waitingRoom,
        Pages pages) {

    /**
     * Reads all but the filters, which can be made once there is what they name.
     *
     * @throws SluiceConfigurationException if a value cannot be used
     */
    static HttpSettings of(SluiceProperties properties) {
        SluiceProperties.WaitingRoomProperties waitingRoom = waitingRoom(properties);
        return new HttpSettings(
                Gate.OPEN,
                proxies(properties),
                properties.rateLimitHeaders(),
                waitingRoom,
                pages(properties, waitingRoom.path()));
    }

    /**
     * Returns what becomes of these settings when properties change, with the filters as they are. The files of the
     * pages are read anew if their properties differ.
     *
     * @throws SluiceConfigurationException if a value cannot be used
     */
    HttpSettings changed(SluiceProperties before, SluiceProperties changed) {
        return new HttpSettings(
                filters,
                proxies(changed),
                changed.rateLimitHeaders(),
                waitingRoom(changed).asStarted(waitingRoom),
                changed.pages().equals(before.pages()) ? pages : pages(changed, waitingRoom.path()));
    }

    HttpSettings withFilters(Gate changed) {
        return new HttpSettings(changed, proxies, rateLimitHeaders, waitingRoom, pages);
    }

    private static TrustedProxies proxies(SluiceProperties properties) {
        return SluiceConfigurationException.under(
                "sluice.trusted-proxies", () -> new TrustedProxies(properties.trustedProxies()));
    }

    private static SluiceProperties.WaitingRoomProperties waitingRoom(SluiceProperties properties) {
        return SluiceConfigurationException.under(
                "sluice.waiting-room", () -> properties.waitingRoom().checked());
    }

    private static Pages pages(SluiceProperties properties, String queuePath) {
        return SluiceConfigurationException.under("sluice.pages", () -> new Pages(properties.pages(), queuePath));
    }
}
