<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunListPage;
use Drupal\background_agents\Ui\CardTable;
use Drupal\background_agents\Ui\ChosenIds;
use Drupal\background_agents\Ui\RunCells;
use Drupal\Core\Batch\BatchBuilder;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Form\ConfirmFormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;
use Symfony\Component\HttpFoundation\Request;

/**
 * Lists the runs that were chosen, and cancels them when confirmed.
 *
 * @internal
 */
final class CancelRunsForm extends ConfirmFormBase {

  use AutowireTrait;

  public const string ROUTE = 'background_agents.cancel_runs';

  /**
   * The runs that can be cancelled.
   *
   * @var list<\Drupal\background_agents\Entity\Run>
   */
  private array $runs = [];

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly RunCells $cells,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_cancel_runs';
  }

  /**
   * {@inheritdoc}
   */
  public function getQuestion(): TranslatableMarkup {
    return $this->formatPlural(count($this->runs), 'Cancel 1 run?', 'Cancel @count runs?');
  }

  /**
   * {@inheritdoc}
   */
  public function getDescription(): TranslatableMarkup {
    return $this->t('Each run ends after what it is doing now. Drafts that it has saved stay.');
  }

  /**
   * {@inheritdoc}
   */
  public function getConfirmText(): TranslatableMarkup {
    return $this->t('Cancel the runs');
  }

  /**
   * {@inheritdoc}
   */
  public function getCancelText(): TranslatableMarkup {
    return $this->t('Back to the list');
  }

  /**
   * {@inheritdoc}
   */
  public function getCancelUrl(): Url {
    return Url::fromRoute(RunListPage::ROUTE);
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, ?Request $request = NULL): array {
    $ids = ChosenIds::of($request?->query->all()['runs'] ?? '');
    $this->runs = $this->open($ids);
    $form = parent::buildForm($form, $form_state);
    $form['#cache']['max-age'] = 0;
    $form['#attached']['library'][] = 'background_agents/admin';
    $form['runs'] = $this->table();
    if (count($this->runs) < count($ids)) {
      $form['missing'] = ['#markup' => '<p>' . $this->formatPlural(count($ids) - count($this->runs), '1 of the chosen runs has ended, or is not yours to cancel.', '@count of the chosen runs have ended, or are not yours to cancel.') . '</p>'];
    }
    // Not #value: what was there when the page was made counts.
    $form['chosen'] = [
      '#type' => 'hidden',
      '#default_value' => implode('-', array_map(static fn (Run $run): string => (string) $run->id(), $this->runs)),
    ];
    // Who sends what has ended meanwhile has to be told.
    $isSent = $this->runs !== [] || $form_state->getUserInput() !== [];
    $form['note'] = [
      '#type' => 'textfield',
      '#title' => $this->t('Note, for all of them'),
      '#description' => $this->t('Why, for those who read the history later.'),
      '#maxlength' => 500,
      '#access' => $isSent,
    ];
    $form['actions']['#weight'] = 10;
    $form['actions']['submit']['#access'] = $isSent;
    return $form;
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $note = trim((string) $form_state->getValue('note'));
    $batch = (new BatchBuilder())
      ->setTitle($this->t('Cancelling runs'))
      ->setProgressMessage($this->t('@current of @total runs.'))
      ->setErrorMessage($this->t('It broke off. What was cancelled is cancelled; the rest goes on.'))
      ->setFinishCallback([CancelRunsBatch::class, 'finished']);
    foreach (ChosenIds::of($form_state->getValue('chosen')) as $id) {
      $batch->addOperation([CancelRunsBatch::class, 'cancel'], [$id, $note]);
    }
    batch_set($batch->toArray());
    $form_state->setRedirectUrl($this->getCancelUrl());
  }

  /**
   * Those of some runs that have not ended, and that the person may cancel.
   *
   * @param list<int> $ids
   *   Their ids.
   *
   * @return list<\Drupal\background_agents\Entity\Run>
   *   Newest first.
   */
  private function open(array $ids): array {
    $runs = $ids === [] ? [] : $this->entityTypeManager->getStorage('background_agents_run')->loadMultiple($ids);
    krsort($runs);
    return array_values(array_filter($runs, static fn (mixed $run): bool => $run instanceof Run && !$run->isFinal() && $run->access('manage')));
  }

  /**
   * What will be cancelled.
   */
  private function table(): array {
    $this->cells->prepare($this->runs);
    return CardTable::of([
      '#type' => 'table',
      '#header' => [$this->t('State'), $this->t('Agent'), $this->t('About'), $this->t('Started by'), $this->t('When')],
      '#rows' => array_map(fn (Run $run): array => [
        ['data' => $this->cells->state($run)],
        ['data' => $run->access('view') ? $run->toLink($run->getAgentLabel())->toRenderable() : ['#plain_text' => $run->getAgentLabel()]],
        ['data' => ['#plain_text' => $this->cells->about($run)]],
        $this->cells->startedBy($run),
        $this->cells->when($run),
      ], $this->runs),
      '#empty' => $this->t('No run was chosen that can be cancelled. Go back to the list, and choose some that have not ended.'),
    ], $this->t('Runs'));
  }

}
