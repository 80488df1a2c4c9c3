<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

/**
 * A provider of models, or an endpoint, that a sidecar can ask.
 *
 * @internal
 */
final class OfferedProvider {

  /**
   * Constructs an OfferedProvider object.
   *
   * @param string $id
   *   What stands before the colon of a model's name.
   * @param string $label
   *   For people.
   * @param string $key
   *   Where its key comes from: settings (of the sidecar), site, missing,
   *   unneeded.
   * @param \Drupal\background_agents\Sidecar\ProviderHealth $health
   *   How it answers.
   * @param int|null $since
   *   Since when; NULL: nobody knows.
   * @param string $detail
   *   What it answered, in a sentence of the sidecar.
   * @param string[] $models
   *   The names behind the colon that it lists; empty: it lists none, and may
   *   serve any.
   */
  public function __construct(
    public readonly string $id,
    public readonly string $label,
    public readonly string $key,
    public readonly ProviderHealth $health,
    public readonly ?int $since = NULL,
    public readonly string $detail = '',
    public readonly array $models = [],
  ) {}

  /**
   * As the sidecar told it. What is unknown of a newer one reads as unknown.
   */
  public static function of(\stdClass $told): self {
    return new self(
      $told->id,
      $told->label === '' ? $told->id : $told->label,
      $told->key,
      ProviderHealth::tryFrom($told->health) ?? ProviderHealth::Unknown,
      $told->since ?? NULL,
      $told->detail ?? '',
      $told->models ?? [],
    );
  }

}
