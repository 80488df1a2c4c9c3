<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Contract\JsonText;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Ui\Limits;
use Drupal\background_agents\Ui\ModelField;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The model and the limits.
 *
 * @internal
 */
final class ModelPart implements AgentFormPartInterface {

  use StringTranslationTrait;

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly Limits $limits,
    private readonly ModelField $models,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(Agent $agent, FormStateInterface $form_state): array {
    $binding = $agent->getBinding();
    $own = array_filter($binding['limits']);
    return [
      '#title' => $this->t('Model and limits'),
      '#weight' => 10,
    ] + $this->models($binding) + [
      'model_settings' => [
        '#type' => 'textarea',
        '#title' => $this->t('Settings of the model'),
        '#description' => $this->t('A JSON object, handed to the provider. Empty: its defaults.'),
        '#default_value' => $binding['model_settings'] ?? '',
        '#placeholder' => '{"temperature": 0.2, "max_tokens": 4000}',
        '#rows' => 3,
        '#attributes' => ['spellcheck' => 'false'],
        '#wrapper_attributes' => ['class' => ['ba-json']],
      ],
      'priority' => [
        '#type' => 'number',
        '#title' => $this->t('Priority'),
        '#description' => $this->t('1 to 9. Runs of agents with a higher number are taken first more often; none starves.'),
        '#default_value' => $binding['priority'],
        '#min' => 1,
        '#max' => 9,
        '#required' => TRUE,
      ],
      'limits' => [
        '#type' => 'details',
        '#title' => $this->t('Limits of this agent'),
        '#description' => $this->t('Empty: the limit of the site or of the AI agent that it is holds, which is shown in grey. A run never exceeds a limit.'),
        '#open' => $own !== [],
      ] + $this->limits->elements($own, array_filter(['steps' => (int) $agent->aiAgent()?->steps]) + (array) $this->configFactory->get('background_agents.settings')->get('limits')),
    ];
  }

  /**
   * The first and the second model, and what the sidecar offers.
   */
  private function models(array $binding): array {
    return $this->models->elements('model', 'model[model]', $binding['model'], [
      '#title' => $this->t('Model'),
      '#required' => TRUE,
    ]) + $this->models->elements('fallback_model', 'model[fallback_model]', (string) ($binding['fallback_model'] ?? ''), [
      '#title' => $this->t('Second model'),
      '#description' => $this->t('Taken when the first one cannot be reached or refuses. Empty: the run waits and tries again.'),
    ]) + ['providers' => $this->models->providers()];
  }

  /**
   * {@inheritdoc}
   */
  public function validate(array $form, FormStateInterface $form_state): void {
    foreach (['model', 'fallback_model'] as $key) {
      $model = ModelField::value((array) $form_state->getValue('model'), $key);
      if ($model === '' && (string) $form_state->getValue(['model', $key . '_choice']) !== '') {
        $form_state->setError($form[$key], $this->t('Name the model, or choose one of the list.'));
      }
      if ($model !== '' && !preg_match('/^[a-z][a-z0-9_-]{0,63}:.{1,200}$/', $model)) {
        $form_state->setError($form[$key], $this->t('Name a model as <em>provider:model</em>, such as %example. "@given" has no provider.', [
          '%example' => 'anthropic:claude-sonnet-5-5',
          '@given' => $model,
        ]));
      }
    }
    try {
      JsonText::readObject((string) $form_state->getValue(['model', 'model_settings']));
    }
    catch (\InvalidArgumentException $exception) {
      $form_state->setError($form['model_settings'], $this->t('@title: @problem', [
        '@title' => $form['model_settings']['#title'],
        '@problem' => $exception->getMessage(),
      ]));
    }
  }

  /**
   * {@inheritdoc}
   */
  public function apply(Agent $agent, FormStateInterface $form_state): void {
    $values = (array) $form_state->getValue('model');
    $settings = trim(str_replace("\r\n", "\n", (string) $values['model_settings']));
    $agent->set('binding', [
      'model' => ModelField::value($values, 'model'),
      'fallback_model' => ModelField::value($values, 'fallback_model') ?: NULL,
      'model_settings' => $settings === '' ? NULL : $settings,
      'limits' => $this->limits->values((array) $values['limits']),
      'priority' => (int) $values['priority'],
    ] + $agent->getBinding());
  }

}
