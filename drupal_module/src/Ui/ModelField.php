<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Sidecar\OfferedModel;
use Drupal\background_agents\Sidecar\OfferedModels;
use Drupal\Component\Render\PlainTextOutput;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * A field for a model: a list of those that the sidecar offers, or its name.
 *
 * @internal
 */
final class ModelField {

  use StringTranslationTrait;

  /**
   * The choice of a model that is not in the list.
   */
  private const string OTHER = '_other';

  public function __construct(
    private readonly OfferedModels $offered,
    private readonly ModelText $text,
  ) {}

  /**
   * The list of what is offered, and the text field for all other models.
   *
   * @param string $key
   *   Where they stand, as "$key" and "{$key}_choice".
   * @param string $name
   *   The name of the text field in the form, such as model[model].
   * @param string $model
   *   The present model; empty: none.
   * @param array $field
   *   Title and description, and whether it is required.
   *
   * @return array<string, array>
   *   Two elements, or one when nothing is offered.
   */
  public function elements(string $key, string $name, string $model, array $field): array {
    $field += ['#required' => FALSE];
    $text = [
      '#type' => 'textfield',
      '#default_value' => $model,
      '#maxlength' => 255,
      '#attributes' => ['spellcheck' => 'false', 'autocapitalize' => 'none'],
    ];
    $options = $this->options();
    if ($options === []) {
      return [$key => $text + $field + ['#description' => $this->naming()]];
    }
    $offered = array_merge(...array_map(array_keys(...), array_values($options)));
    $isOther = [':input[name="' . $this->choiceName($name) . '"]' => ['value' => self::OTHER]];
    return [
      $key . '_choice' => [
        '#type' => 'select',
        '#options' => $options + [self::OTHER => $this->t('Another model, by its name')],
        '#empty_option' => $field['#required'] ? $this->t('- Select -') : $this->t('- None -'),
        '#default_value' => $model === '' ? '' : (in_array($model, $offered, TRUE) ? $model : self::OTHER),
      ] + $field + ['#description' => $this->t('The models that the sidecar can use. For any other, take the last choice and type its name.')],
      $key => [
        '#title' => $this->t('@title: its name', ['@title' => $field['#title']]),
        '#description' => $this->naming(),
        '#default_value' => in_array($model, $offered, TRUE) ? '' : $model,
        '#states' => ['visible' => $isOther, 'required' => $isOther],
      ] + $text,
    ];
  }

  private function naming(): TranslatableMarkup {
    return $this->t('As <em>provider:model</em>, such as %example, or <em>endpoint:model</em> with an endpoint of the settings of the sidecar. The sidecar keeps the key of the provider.', ['%example' => 'anthropic:claude-sonnet-5-5']);
  }

  /**
   * The model that was chosen or named; empty: none.
   *
   * @param array $values
   *   The submitted values around the two elements.
   * @param string $key
   *   As given to elements().
   */
  public static function value(array $values, string $key): string {
    $choice = (string) ($values[$key . '_choice'] ?? self::OTHER);
    return trim($choice === self::OTHER ? (string) ($values[$key] ?? '') : $choice);
  }

  /**
   * All providers, each with how it answers.
   */
  public function providers(): array {
    $items = [];
    foreach ($this->offered->providers() as $provider) {
      $items[] = $this->t('@provider (@id): @state. @advice', [
        '@provider' => $provider->label,
        '@id' => $provider->id,
        '@state' => $this->text->state($provider),
        '@advice' => $this->text->advice($provider) ?? ($provider->models === [] ? $this->t('It lists no models: name one as @id:model.', ['@id' => $provider->id]) : ''),
      ]);
    }
    if ($items === []) {
      return [];
    }
    return [
      '#type' => 'details',
      '#title' => $this->t('What the sidecar can ask'),
      'stale' => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        '#value' => $this->t('The sidecar is silent: this is what it told before.'),
        '#access' => $this->offered->isStale(),
      ],
      'list' => ['#theme' => 'item_list', '#items' => $items],
    ];
  }

  /**
   * What is offered: models that work, then the others with the reason.
   *
   * @return array<string, array<string, string>>
   *   Labels by model, in groups.
   */
  private function options(): array {
    $options = [];
    foreach ($this->offered->models() as $model) {
      $options[PlainTextOutput::renderFromHtml($this->group($model))][$model->id] = $model->label;
    }
    return $options;
  }

  private function group(OfferedModel $model): TranslatableMarkup {
    $arguments = ['@provider' => $model->provider->label, '@state' => $this->text->state($model->provider)];
    return $model->mayWork()
      ? $this->t('@provider', $arguments)
      : $this->t('@provider, does not work now: @state', $arguments);
  }

  /**
   * The name of the list, by that of the text field.
   */
  private function choiceName(string $name): string {
    return str_ends_with($name, ']') ? substr($name, 0, -1) . '_choice]' : $name . '_choice';
  }

}
