<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Review\Undo\PlannedItem;
use Drupal\background_agents\Review\Undo\RunUndo;
use Drupal\background_agents\Ui\UndoList;
use Drupal\Core\Batch\BatchBuilder;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\ConfirmFormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;

/**
 * Shows what undoing a run will do, and does it when a person confirms.
 *
 * @internal
 */
final class RunUndoForm extends ConfirmFormBase {

  use AutowireTrait;
  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  /**
   * The run that is undone.
   */
  private Run $run;

  public function __construct(
    private readonly RunUndo $undo,
    private readonly UndoList $list,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_run_undo';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, ?Run $background_agents_run = NULL): array {
    assert($background_agents_run instanceof Run);
    $this->run = $background_agents_run;
    $plan = $this->undo->plan($this->run);
    $form['#attached']['library'][] = 'background_agents/review';
    $form['#cache']['max-age'] = 0;
    $form['plan'] = $this->list->build($plan);
    // Not #value: what the person saw when the page was made counts.
    $form['digests'] = [
      '#type' => 'hidden',
      '#default_value' => json_encode((object) array_map(static fn (PlannedItem $item): string => $item->digest(), $plan->open()), JSON_THROW_ON_ERROR),
    ];
    $form['note'] = [
      '#type' => 'textfield',
      '#title' => $this->t('Note'),
      '#description' => $this->t('Why, for those who read the history later.'),
      '#maxlength' => 500,
      '#access' => $plan->open() !== [],
    ];
    $form = parent::buildForm($form, $form_state);
    $form['description']['#weight'] = -10;
    if ($plan->open() === []) {
      $form['description']['#markup'] = $this->t('There is nothing to undo, or nothing that you may undo.');
      // Who sends a form that was made before has to be told.
      $form['actions']['submit']['#access'] = $form_state->getUserInput() !== [];
    }
    return $form;
  }

  /**
   * {@inheritdoc}
   */
  public function getQuestion(): TranslatableMarkup {
    return $this->t('Undo this run of %agent?', ['%agent' => $this->run->getAgentLabel()]);
  }

  /**
   * {@inheritdoc}
   */
  public function getDescription(): TranslatableMarkup {
    return $this->t('What the run brought and nobody has changed since goes back, in drafts of yours. Nothing has happened yet. This is what will happen:');
  }

  /**
   * {@inheritdoc}
   */
  public function getConfirmText(): TranslatableMarkup {
    return $this->t('Undo run');
  }

  /**
   * {@inheritdoc}
   */
  public function getCancelText(): TranslatableMarkup {
    return $this->t('Back to the run');
  }

  /**
   * {@inheritdoc}
   */
  public function getCancelUrl(): Url {
    return $this->run->toUrl();
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $digests = json_decode((string) $form_state->getValue('digests'), TRUE);
    $note = trim((string) $form_state->getValue('note'));
    $batch = (new BatchBuilder())
      ->setTitle($this->t('Undoing the run'))
      ->setFinishCallback([RunUndoBatch::class, 'finish']);
    foreach (array_filter(is_array($digests) ? $digests : [], is_string(...)) as $key => $digest) {
      $batch->addOperation([RunUndoBatch::class, 'item'], [(int) $this->run->id(), (string) $key, $digest, $note]);
    }
    batch_set($batch->toArray());
    $form_state->setRedirectUrl(Url::fromRoute('background_agents.run_undo', ['background_agents_run' => $this->run->id()]));
  }

}
