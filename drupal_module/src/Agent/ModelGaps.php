<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Sidecar\OfferedModels;
use Drupal\background_agents\Ui\ModelText;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * What is known against the models of an agent.
 *
 * @internal
 */
final class ModelGaps {

  use StringTranslationTrait;

  /**
   * Providers that a sidecar knows without an endpoint in its settings.
   */
  private const array PROVIDERS = ['anthropic', 'openai', 'openai-chat', 'scripted', 'test'];

  public function __construct(
    private readonly OfferedModels $offered,
    private readonly ModelText $text,
  ) {}

  /**
   * The gaps of an agent.
   *
   * @return \Drupal\Core\StringTranslation\TranslatableMarkup[]
   *   A sentence for each, that says what to do.
   */
  public function of(Agent $agent): array {
    $models = array_filter([$agent->getModel(), (string) $agent->getBinding()['fallback_model']]);
    if ($this->offered->version() !== '') {
      return array_values(array_filter(array_map($this->text->warning(...), $models)));
    }
    $gaps = [];
    foreach ($models as $model) {
      $provider = strstr($model, ':', TRUE) ?: $model;
      if (!in_array($provider, self::PROVIDERS, TRUE)) {
        $gaps[] = $this->t('"@provider" is no provider that the sidecar knows by itself (anthropic, openai, openai-chat). The model "@model" works only when an endpoint in the settings of the sidecar has that name; without it every run fails.', [
          '@provider' => $provider,
          '@model' => $model,
        ]);
      }
    }
    return $gaps;
  }

}
