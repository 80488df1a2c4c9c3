<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Trigger;

use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Ui\LastWeekView;
use Drupal\background_agents\Ui\TriggerInputView;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Render\RendererInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The part of a trigger's form that tries it, as it stands there, unsaved.
 *
 * @internal
 */
final class TryPart {

  use StringTranslationTrait;

  private const string SHOWN = 'background_agents_try';

  public function __construct(
    private readonly LastWeekView $week,
    private readonly TriggerInputView $input,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly RendererInterface $renderer,
  ) {}

  /**
   * The buttons, and what they have shown.
   */
  public function build(Trigger $trigger, FormStateInterface $form_state): array {
    $entity_type = $form_state->getValue(['settings', 'content', 'entity_type']) ?? $trigger->getSettings()['entity_type'] ?? Trigger::CONTENT_SETTINGS['entity_type'];
    return [
      '#type' => 'details',
      '#title' => $this->t('Try it'),
      '#description' => $this->t('What it would have started last week, and what the agent would get. As it stands here: it need not be saved, and nothing starts.'),
      '#open' => $form_state->has(self::SHOWN),
      '#tree' => TRUE,
      '#weight' => 30,
      '#attributes' => ['id' => 'ba-trigger-try'],
      'week' => $this->button('try_week', '::showWeek') + ['#value' => $this->t('Show last week')],
      'item' => [
        '#type' => 'entity_autocomplete',
        '#title' => $this->t('Item'),
        '#description' => $this->t('Content to fill the input with.'),
        '#target_type' => $entity_type,
        '#states' => ['visible' => [':input[name="type"]' => ['value' => 'content']]],
      ],
      'input' => $this->button('try_input', '::showInput') + ['#value' => $this->t('Show the input')],
      'shown' => ['#markup' => $form_state->get(self::SHOWN) ?? '', '#weight' => 10],
    ];
  }

  private function button(string $name, string $submit): array {
    return [
      '#type' => 'submit',
      '#name' => $name,
      '#submit' => [$submit],
      '#limit_validation_errors' => [['agent'], ['type'], ['settings'], ['input'], ['try']],
      '#ajax' => ['callback' => '::refreshTry', 'wrapper' => 'ba-trigger-try'],
    ];
  }

  /**
   * Shows what the trigger would have started last week.
   */
  public function showWeek(Trigger $trigger, FormStateInterface $form_state): void {
    $this->show($this->week->build($trigger), $form_state);
  }

  /**
   * Shows the input that a run would get, for the chosen item.
   */
  public function showInput(Trigger $trigger, FormStateInterface $form_state): void {
    $id = $form_state->getValue(['try', 'item']);
    $item = $trigger->getType() === 'content' && $id !== NULL && $id !== '' ? $this->entityTypeManager->getStorage($trigger->getSettings()['entity_type'])->load($id) : NULL;
    $seen = $item instanceof ContentEntityInterface && $item->access('view') ? $item : NULL;
    $this->show($this->input->build($trigger, $seen), $form_state);
  }

  private function show(array $build, FormStateInterface $form_state): void {
    $form_state->set(self::SHOWN, $this->renderer->renderInIsolation($build))->setRebuild();
  }

}
