<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Sidecar\OfferedModels;
use Drupal\background_agents\Sidecar\OfferedProvider;
use Drupal\background_agents\Sidecar\ProviderHealth;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * What people are told of models and their providers.
 *
 * @internal
 */
final class ModelText {

  use StringTranslationTrait;

  public function __construct(
    private readonly OfferedModels $offered,
    private readonly SidecarHealth $health,
    private readonly TimeInterface $time,
  ) {}

  /**
   * How a provider answers, in a few words.
   */
  public function state(OfferedProvider $provider): TranslatableMarkup {
    return match ($provider->health) {
      ProviderHealth::Works => $this->t('Works'),
      ProviderHealth::Unknown => $this->t('Not tried yet'),
      ProviderHealth::KeyMissing => $this->t('No key'),
      ProviderHealth::KeyRefused => $this->t('Refuses the key'),
      ProviderHealth::Unreachable => $this->t('Does not answer'),
    };
  }

  /**
   * Since when it is so; NULL: nobody knows.
   */
  public function since(OfferedProvider $provider): ?TranslatableMarkup {
    return $provider->since === NULL ? NULL : $this->t('for @time', ['@time' => $this->health->ago($this->time->getCurrentTime() - $provider->since)]);
  }

  /**
   * What to do about a provider that does not work; NULL: nothing.
   */
  public function advice(OfferedProvider $provider): ?TranslatableMarkup {
    return match ($provider->health) {
      ProviderHealth::Works, ProviderHealth::Unknown => NULL,
      ProviderHealth::KeyMissing => $this->t('The sidecar has no key for it: set one in the settings of the sidecar, or choose a key in the settings of this site.'),
      ProviderHealth::KeyRefused => $provider->key === 'unneeded'
        ? $this->t('It wants a key that the sidecar does not have: set one in the settings of the sidecar.')
        : $this->t('Look whether the key is whole, still valid, and has credit.'),
      ProviderHealth::Unreachable => $this->t('Look whether the provider is up, and whether the sidecar can reach it.'),
    };
  }

  /**
   * All that is known against a model; NULL: nothing is.
   *
   * @param string $model
   *   As an agent names it.
   */
  public function warning(string $model): ?TranslatableMarkup {
    $providers = $this->offered->providers();
    if ($providers === []) {
      return NULL;
    }
    [$id, $name] = explode(':', $model, 2) + ['', ''];
    $provider = $providers[$id] ?? NULL;
    if ($provider === NULL) {
      return $this->t('The sidecar does not offer %model: it has no provider and no endpoint "@id", but @known. Every run fails until an endpoint in its settings has that name.', [
        '%model' => $model,
        '@id' => $id,
        '@known' => implode(', ', array_keys($providers)),
      ]);
    }
    if (!$provider->health->mayWork()) {
      return $this->t('%model does not work now. @provider: @state. @advice', [
        '%model' => $model,
        '@provider' => $provider->label,
        '@state' => $this->state($provider),
        '@advice' => $this->advice($provider),
      ]);
    }
    if ($provider->models !== [] && !in_array($name, $provider->models, TRUE)) {
      return $this->t('The sidecar does not offer %model: @provider does not list a model of that name. Runs fail when there is none.', [
        '%model' => $model,
        '@provider' => $provider->label,
      ]);
    }
    return NULL;
  }

}
